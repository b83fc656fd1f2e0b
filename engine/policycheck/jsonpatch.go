package policycheck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/kyverno/kyverno/pkg/engine/variables/regex"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// wildcardVariable are the variables that conditions for all kinds may use.
var wildcardVariable = regexp.MustCompile(`\{\{\s*(request\.|serviceAccountName|serviceAccountNamespace)[^{}]*\}\}`)

// checkJSONPatch reads mutate.patchesJson6902 as it will be read when it is applied.
func (c *checker) checkJSONPatch(i int, r *rule) error {
	if r.Mutate == nil {
		return nil
	}
	operations, err := decodePatch(r.Mutate.PatchesJSON6902)
	if err != nil {
		return fmt.Errorf("path must begin with a forward slash: spec.rules[%d]: %w", i, err)
	}
	for _, operation := range operations {
		path, err := operation.Path()
		if err != nil {
			return fmt.Errorf("path must begin with a forward slash: spec.rules[%d]: %w", i, err)
		}
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("path must begin with a forward slash: spec.rules[%d]: %s", i, path)
		}
	}
	if err := checkOperations(i, operations); err != nil {
		return err
	}
	if r.hasMutate() && r.Mutate.PatchesJSON6902 != "" && slices.Contains(r.Match.Resources.Kinds, "Pod") {
		c.warn("Pods managed by workload controllers should not be directly mutated using policies. Use the autogen feature or write policies that match Pod controllers.")
	}
	return nil
}

func checkOperations(i int, operations jsonpatch.Patch) error {
	for _, operation := range operations {
		switch kind := operation.Kind(); kind {
		case "remove", "move", "copy":
		case "add", "replace", "test":
			if _, err := operation.ValueInterface(); err != nil {
				return fmt.Errorf("invalid value: spec.rules[%d]: %w", i, err)
			}
		default:
			return fmt.Errorf("unexpected kind: spec.rules[%d]: %s", i, kind)
		}
	}
	return nil
}

// decodePatch reads a patch (JSON or YAML) with its variables replaced by a word.
func decodePatch(patch string) (jsonpatch.Patch, error) {
	data, err := yaml.ToJSON([]byte(replaceVariables(patch, "kyvernojsonpatchvariable")))
	if err != nil {
		return nil, err
	}
	return jsonpatch.DecodePatch(data)
}

// metadataPaths says whether all paths of a patch are within metadata.
func metadataPaths(patch string) bool {
	operations, err := jsonpatch.DecodePatch([]byte(patch))
	if err != nil {
		return true // YAML is not looked into
	}
	return !slices.ContainsFunc(operations, func(o jsonpatch.Operation) bool {
		path, _ := o.Path()
		return !strings.HasPrefix(path, "/metadata")
	})
}

// replaceVariables puts a word in the place of every variable.
func replaceVariables(text, word string) string {
	return regex.RegexVariables.ReplaceAllStringFunc(text, func(match string) string {
		_, prefix, _ := variableName(match)
		return prefix + word
	})
}
