package live

import (
	"errors"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// errAllOrNothing is why some policies cannot be confined.
var errAllOrNothing = errors.New(`a rule excludes with several entries under "all", so the workshop cannot keep the policy to its own namespaces; write the exclusions under "any", or allow policies for the whole cluster with --cluster-wide`)

// errActs is why others cannot.
var errActs = errors.New(`a rule changes or makes objects by itself (mutate.targets, generate), and the workshop cannot keep them to its own namespaces; allow policies for the whole cluster with --cluster-wide`)

// confine keeps the rules of a ClusterPolicy to the namespaces that the workshop made and the namespace default: an
// Enforce policy for everything could stop a cluster that others work on. It adds to each rule what the rule does not
// apply to; Kyverno's verdicts and messages stay as they are
// (https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/).
func confine(policy map[string]any) error {
	rules, _, err := unstructured.NestedSlice(policy, "spec", "rules")
	if err != nil {
		return nil //nolint:nilerr // the cluster says what is wrong with it
	}
	for i := range rules {
		rule, ok := rules[i].(map[string]any)
		if !ok {
			return nil
		}
		if err := confineRule(rule); err != nil {
			return err
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return unstructured.SetNestedSlice(policy, rules, "spec", "rules")
}

func confineRule(rule map[string]any) error {
	if acts(rule) {
		return errActs
	}
	exclude, ok := anyForm(rule["exclude"])
	if !ok {
		return errAllOrNothing
	}
	kept, _ := exclude["any"].([]any)
	if slices.ContainsFunc(kept, confined) {
		return nil
	}
	others := []any{map[string]any{"resources": map[string]any{"namespaceSelector": elsewhere()}}}
	if aboutNamespaces(rule) { // Kyverno holds no namespaceSelector against a namespace itself
		others = append(others, map[string]any{"resources": map[string]any{"kinds": []any{"Namespace"}, "selector": elsewhere()}})
	}
	exclude["any"] = append(kept, others...)
	rule["exclude"] = exclude
	if match, ok := anyForm(rule["match"]); ok && len(match) > 0 { // Kyverno does not take both forms in one rule
		rule["match"] = match
	}
	return nil
}

// acts reports whether a rule is about objects other than the one that it matches.
func acts(rule map[string]any) bool {
	mutate, _ := rule["mutate"].(map[string]any)
	return mutate["targets"] != nil || rule["generate"] != nil
}

// anyForm writes a match or exclude block as the equal one with "any": the old form is one entry, and so is "all" of
// one. ok is false for "all" of several.
func anyForm(block any) (form map[string]any, ok bool) {
	given, _ := block.(map[string]any)
	all, hasAll := given["all"].([]any)
	_, hasAny := given["any"]
	switch {
	case hasAny && !hasAll:
		return given, true
	case hasAll && len(all) == 1 && !hasAny:
		return map[string]any{"any": all}, true
	case hasAll:
		return given, false
	case len(given) == 0:
		return map[string]any{}, true
	}
	return map[string]any{"any": []any{given}}, true
}

// elsewhere selects the namespaces that are not the workshop's.
func elsewhere() map[string]any {
	return map[string]any{"matchExpressions": []any{
		map[string]any{"key": Label, "operator": "DoesNotExist"},
		map[string]any{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": []any{"default"}},
	}}
}

// confined reports whether an entry of an exclusion is the workshop's.
func confined(entry any) bool {
	block, _ := entry.(map[string]any)
	for _, field := range []string{"namespaceSelector", "selector"} {
		expressions, _, _ := unstructured.NestedSlice(block, "resources", field, "matchExpressions")
		for _, e := range expressions {
			if expression, ok := e.(map[string]any); ok && expression["key"] == Label {
				return true
			}
		}
	}
	return false
}

// aboutNamespaces reports whether a rule matches namespaces themselves: those are told by their own labels.
func aboutNamespaces(rule map[string]any) bool {
	var kinds []string
	collectKinds(rule["match"], &kinds)
	return slices.ContainsFunc(kinds, func(kind string) bool {
		parts := strings.Split(kind, "/")
		return slices.Contains(parts, "Namespace")
	})
}

func collectKinds(value any, into *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if list, ok := inner.([]any); ok && key == "kinds" {
				for _, kind := range list {
					if text, ok := kind.(string); ok {
						*into = append(*into, text)
					}
				}
				continue
			}
			collectKinds(inner, into)
		}
	case []any:
		for _, inner := range v {
			collectKinds(inner, into)
		}
	}
}
