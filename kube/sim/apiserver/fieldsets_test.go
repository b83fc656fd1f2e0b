package apiserver

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestManagedObject compares with what Unstructured stores.
func TestManagedObject(t *testing.T) {
	at := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)))
	set := `{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:list":{"k:{\"ip\":\"10.0.0.1\"}":{".":{}},"v:1":{}}}`
	full := metav1.ManagedFieldsEntry{
		Manager: "kubectl", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &at,
		FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(set), Subresource: "status",
	}
	for name, entries := range map[string][]metav1.ManagedFieldsEntry{
		"nil": nil, "none": {}, "empty": {{}}, "one": {full}, "two": {full, {Manager: "m", FieldsV1: metav1.NewFieldsV1("{}")}},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := managedPod(), managedPod()
			want.SetManagedFields(entries)
			managedObject{Unstructured: got, sets: &fieldSets{}}.SetManagedFields(entries)
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestManagedObjectCannotBeRead: managed fields that are not JSON are none.
func TestManagedObjectCannotBeRead(t *testing.T) {
	obj := managedPod()
	broken := []metav1.ManagedFieldsEntry{{Manager: "m", FieldsV1: metav1.NewFieldsV1("{")}}
	managedObject{Unstructured: obj, sets: &fieldSets{}}.SetManagedFields(broken)
	if len(managedFieldsOf(obj)) > 0 {
		t.Errorf("managed fields are %v", managedFieldsOf(obj))
	}
}

func TestFieldSetsAreShared(t *testing.T) {
	sets := &fieldSets{}
	for i := range 3 * fieldSetLimit {
		raw := fmt.Appendf(nil, `{"f:n%d":{}}`, i)
		first, err := sets.of(raw)
		if err != nil {
			t.Fatal(err)
		}
		second, err := sets.of(raw)
		if err != nil || !cmp.Equal(first, second) || len(sets.known) > fieldSetLimit {
			t.Fatalf("%s is %v and %v (%v), %d are known", raw, first, second, err, len(sets.known))
		}
	}
}

func managedPod() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a", "managedFields": []any{map[string]any{"manager": "before"}}},
	}}
}
