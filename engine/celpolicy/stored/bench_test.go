package stored

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/celpolicy"
)

func podPolicy() *unstructured.Unstructured {
	text := func(value string) map[string]any { return map[string]any{"expression": value, "message": "no"} }
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "policies.kyverno.io/v1beta1", "kind": "ValidatingPolicy", "metadata": map[string]any{"name": "p"},
		"spec": map[string]any{
			"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
				"apiGroups": []any{""}, "apiVersions": []any{"v1"}, "operations": []any{"CREATE"}, "resources": []any{"pods"},
			}}},
			"validations": []any{text("object.spec.containers.all(c, c.image.contains(':'))"), text("has(object.metadata.labels)")},
		},
	}}
}

// BenchmarkNew is what a policy costs when it comes or changes, with what is generated from it.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Kinds()[0], podPolicy(), nil, &celpolicy.World{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJudge is what a policy costs a request that it is about.
func BenchmarkJudge(b *testing.B) {
	p, err := New(Kinds()[0], podPolicy(), nil, &celpolicy.World{})
	if err != nil {
		b.Fatal(err)
	}
	pod := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "namespace": "team", "labels": map[string]any{"a": "b"}},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "nginx:1"}}},
	}}
	request := &celpolicy.Request{
		Resource: pod, Operation: "CREATE", Kind: pod.GroupVersionKind(), Plural: schema.GroupVersionResource{Version: "v1", Resource: "pods"},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, said, err := Judge(b.Context(), []*Policy{p}, request); err != nil || len(said[0].Rules) != 1 {
			b.Fatal(said, err)
		}
	}
}
