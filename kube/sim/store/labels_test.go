package store

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
)

// TestItemsShareLabels: items with the same labels hold the same map, and there is an end to how many are remembered.
func TestItemsShareLabels(t *testing.T) {
	s := New()
	create := func(name, value string) *Item {
		object := coldThing(0)
		object.SetLabels(map[string]string{"app": "web", "n": value})
		item, err := s.Create(key("ns/"+name), object)
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	where := func(item *Item) uintptr { return reflect.ValueOf(item.Labels).Pointer() }
	a, b, other := create("a", "1"), create("b", "1"), create("c", "2")
	if where(a) != where(b) || where(a) == where(other) {
		t.Error("equal labels are held twice, or others once")
	}
	moved := a.Object().DeepCopy()
	moved.SetLabels(map[string]string{"app": "web", "n": "2"})
	changed, err := s.Update(a, moved)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(labels.Set{"app": "web", "n": "2"}, changed.Labels); diff != "" || where(changed) != where(other) {
		t.Errorf("after a change the labels are others: %s", diff)
	}
	for i := range 2 * maxLabelSets {
		create(fmt.Sprint("x", i), fmt.Sprint(i))
	}
	if len(s.labels.known) > maxLabelSets {
		t.Errorf("%d sets of labels are remembered", len(s.labels.known))
	}
}
