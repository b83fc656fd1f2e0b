package policycheck_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/policycheck"
)

// TestNamespace: a ClusterPolicy is in no namespace.
func TestNamespace(t *testing.T) {
	for kind, want := range map[string]string{
		"ClusterPolicy": "A clusterpolicy should not have the namespace defined", "Policy": "",
	} {
		policy := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "kyverno.io/v1", "kind": kind, "metadata": map[string]any{"name": "a", "namespace": "b"},
			"spec": map[string]any{"rules": []any{map[string]any{
				"name":     "r",
				"match":    map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"Pod"}}}}},
				"validate": map[string]any{"deny": map[string]any{}},
			}}},
		}}
		got := ""
		if _, err := policycheck.Check(policy, nil, nil); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: error is %q, want %q", kind, got, want)
		}
	}
}
