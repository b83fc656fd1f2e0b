package test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
	"podsec/engine/cli/process"
	"podsec/engine/cli/table"
)

// compare compares a patched or generated object with the files that a result names, then the status.
func (c *checker) compare(result *manifest.Result, response *process.Response, rule *engine.RuleResult, object *unstructured.Unstructured) finding {
	if result.PatchedResources != "" {
		if f := c.compareFile(object, result.PatchedResources, "PatchedResources"); f != nil {
			return c.differs(f, "Patched resource didn't match the patched resource in the test result")
		}
	}
	switch {
	case len(result.GeneratedResources) > 0:
		if f := c.compareFiles(object, result.GeneratedResources); f != nil {
			return c.differs(f, "Generated resource didn't match any of the expected generated resources in the test result")
		}
	case result.GeneratedResource != "":
		if f := c.compareFile(object, result.GeneratedResource, "GeneratedResource"); f != nil {
			return c.differs(f, "Patched resource didn't match the generated resource in the test result")
		}
	}
	return verdict(result, response, rule)
}

// difference is why an object is not the one in a file.
type difference struct {
	err  error
	text string // expected and actual, with what differs marked
}

// differs is the finding of a difference.
func (c *checker) differs(d *difference, what string) finding {
	if d.err != nil {
		return finding{message: d.err.Error(), reason: "Resource error"}
	}
	message := fmt.Sprintf("%s\n(%s)\n\n%s", what, legend(), d.text)
	if c.runner.palette.Off {
		message = table.Strip(message)
	}
	return finding{message: message, reason: "Resource diff"}
}

// compareFiles compares with several files, of which one must agree.
func (c *checker) compareFiles(object *unstructured.Unstructured, names []string) *difference {
	var last, failed *difference
	for _, name := range names {
		switch d := c.compareFile(object, name, "GeneratedResources"); {
		case d == nil:
			return nil
		case d.err != nil:
			failed = d
		default:
			last = d
		}
	}
	if last != nil {
		return last
	}
	return failed
}

// compareFile compares with the object of the same kind and name in a file; nil is equal.
func (c *checker) compareFile(object *unstructured.Unstructured, name, what string) *difference {
	expected, err := c.find(object, filepath.Join(c.folder, name))
	if err != nil {
		return &difference{err: fmt.Errorf("error: failed to load %s resource (%w)", what, err)}
	}
	actual := object.DeepCopy()
	markGenerated(actual)
	markGenerated(expected)
	if equality.Semantic.DeepEqual(tidy(actual.Object), tidy(expected.Object)) {
		return nil
	}
	text := diff(expected.Object, actual.Object)
	return &difference{text: text}
}

func (c *checker) find(object *unstructured.Unstructured, name string) (*unstructured.Unstructured, error) {
	data, err := c.runner.options.Source.Read(name)
	if err != nil {
		return nil, err
	}
	found, err := files.Resources(name, data)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if key(f) == key(object) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("resource with name %s not found in manifest", object.GetName())
}

// markGenerated takes off the labels that only say where a generated object comes from, and adds the one that says that
// Kyverno manages it: tests need not write them.
func markGenerated(object *unstructured.Unstructured) {
	labels := object.GetLabels()
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, "generate.kyverno.io/") })
	if labels == nil {
		labels = map[string]string{}
	}
	if _, ok := labels["app.kubernetes.io/managed-by"]; !ok {
		labels["app.kubernetes.io/managed-by"] = "kyverno"
	}
	object.SetLabels(labels)
}

// tidy drops empty maps, empty lists and nulls, and makes all numbers alike.
func tidy(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range value {
			if inner = tidy(inner); inner != nil {
				out[key] = inner
			}
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case []any:
		var out []any
		for _, inner := range value {
			if inner = tidy(inner); inner != nil {
				out = append(out, inner)
			}
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case int64:
		return float64(value)
	case int:
		return float64(value)
	}
	return value
}

// diff marks what differs in the YAML of two objects.
func diff(expected, actual any) string {
	differ := diffmatchpatch.New()
	return differ.DiffPrettyText(differ.DiffMain(text(expected), text(actual), false))
}

func legend() string {
	differ := diffmatchpatch.New()
	return differ.DiffPrettyText(differ.DiffMain("only in expected", "only in actual", false))
}

// text writes an object as the real one shows it, below a key.
func text(object any) string {
	data, err := yaml.Marshal(map[string]any{"object": object})
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// sameTarget says whether an object is the one that a key names; a key without a namespace is about any.
func sameTarget(object *unstructured.Unstructured, wanted string) bool {
	parts := strings.Split(wanted, ",")
	if parts[2] == "" {
		parts[2] = object.GetNamespace()
	}
	return key(object) == strings.Join(parts, ",")
}
