package kyverno

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/json"
)

// TestShare: equal parts become one, what differs in anything does not, and the whole is what it was.
func TestShare(t *testing.T) {
	const text = `{
		"a": {"x": [1, 2, {"deep": null}], "y": "text"},
		"b": {"y": "text", "x": [1, 2, {"deep": null}]},
		"c": [{"x": 1}, {"x": 1.5}, {"x": "1"}, {"x": true}, {"x": null}, {"x": []}, {"x": {}}, {}, [], {"y": 1}, {"x": 1, "y": 1}, ["x", 1]],
		"d": [1, 2, {"deep": null}]
	}`
	var got, want map[string]any
	for _, target := range []*map[string]any{&got, &want} {
		if err := json.Unmarshal([]byte(text), target); err != nil {
			t.Fatal(err)
		}
	}
	if shared := newSharer().share(got).value; !cmp.Equal(shared, any(want)) {
		t.Errorf("what was shared differs (-want +got):\n%s", cmp.Diff(any(want), shared))
	}
	at := func(value any) uintptr { return reflect.ValueOf(value).Pointer() }
	if at(got["a"]) != at(got["b"]) || at(got["a"].(map[string]any)["x"]) != at(got["d"]) {
		t.Error("equal parts are there more than once")
	}
	different := map[uintptr]bool{}
	list := got["c"].([]any)
	for _, one := range list {
		if _, ok := one.(map[string]any); ok {
			different[at(one)] = true
		}
	}
	if len(different) != 10 {
		t.Errorf("of 10 objects %d are left", len(different))
	}
}

// TestSharedDefinitions: a definition says what it says by itself.
func TestSharedDefinitions(t *testing.T) {
	shared, err := CRDs()
	if err != nil {
		t.Fatal(err)
	}
	single, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	if len(shared) != len(single) {
		t.Fatalf("%d definitions, want %d", len(shared), len(single))
	}
	for i, definition := range single {
		var spec any
		if err := json.Unmarshal(definition.Spec, &spec); err != nil {
			t.Fatal(err)
		}
		want := definition.Object.DeepCopy().Object
		want["spec"] = spec
		if diff := cmp.Diff(want, shared[i].Object); diff != "" {
			t.Errorf("%s (-want +got):\n%s", definition.Object.GetName(), diff)
		}
	}
}
