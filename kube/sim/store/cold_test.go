package store

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unique"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestColdItems writes far more objects than are kept as such, and reads them all again.
func TestColdItems(t *testing.T) {
	s := New()
	const n = 2*warm + packFrom
	for i := range n {
		if _, err := s.Create(key(fmt.Sprintf("ns/%04d", i)), coldThing(i)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC() // what nobody holds is gone
	items, _ := s.List(things)
	if len(items) != n {
		t.Fatalf("%d items, want %d", len(items), n)
	}
	packed := 0
	for i, item := range items {
		if item.packed != nil {
			packed++
		}
		want := coldThing(i)
		want.SetResourceVersion(fmt.Sprint(item.Revision))
		if diff := cmp.Diff(want.Object, item.Object().Object); diff != "" {
			t.Fatalf("item %d (-want +got):\n%s", i, diff)
		}
		if item.Labels["n"] != fmt.Sprint(i) || item.UID != want.GetUID() || item.Controller != "owner" {
			t.Fatalf("item %d has labels %v, UID %s, controller %s", i, item.Labels, item.UID, item.Controller)
		}
		text, err := item.JSON()
		if wanted, failed := want.MarshalJSON(); err != nil || failed != nil || string(text) != string(wanted) {
			t.Fatalf("item %d is %s (%v), want %s", i, text, err, wanted)
		}
	}
	if packed < warm {
		t.Errorf("%d of %d items are packed", packed, n)
	}
}

// TestReadersShareColdObjects holds an object while others read it.
func TestReadersShareColdObjects(t *testing.T) {
	s := New()
	first, err := s.Create(key("ns/first"), coldThing(0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range warm {
		if _, err := s.Create(key(fmt.Sprintf("ns/%04d", i)), coldThing(i)); err != nil {
			t.Fatal(err)
		}
	}
	held := first.Object()
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			if first.Object() != held {
				t.Error("another object")
			}
		})
	}
	readers.Wait()
	runtime.KeepAlive(held)
}

// TestLargeObjectsStay: to unpack a megabyte for each reader would be slower than to keep it.
func TestLargeObjectsStay(t *testing.T) {
	s := New()
	obj := coldThing(0)
	obj.Object["text"] = strings.Repeat("x", coldLimit)
	large, err := s.Create(key("ns/large"), obj)
	if err != nil {
		t.Fatal(err)
	}
	for i := range warm + 1 {
		if _, err := s.Create(key(fmt.Sprintf("ns/%04d", i)), coldThing(i)); err != nil {
			t.Fatal(err)
		}
	}
	if large.object != obj {
		t.Error("a large object went cold")
	}
}

func coldThing(i int) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Thing", "number": int64(i), "share": 0.5, "nothing": nil,
		"metadata": map[string]any{
			"name": fmt.Sprint("thing-", i), "uid": fmt.Sprint("uid-", i), "labels": map[string]any{"n": fmt.Sprint(i)},
			"ownerReferences": []any{map[string]any{"apiVersion": "v1", "kind": "Thing", "name": "o", "uid": "owner", "controller": true}},
		},
		"list": []any{map[string]any{"a": "b", "ok": true}, "ü<&>", int64(-1)},
	}}
}

// TestReadersKeepNames: what names an object is in memory once, however often it is read, and by whomever it is kept.
func TestReadersKeepNames(t *testing.T) {
	kind := unique.Make("Thing") // it is forgotten when nobody holds it
	s := New()
	first, err := s.Create(key("ns/thing-0"), coldThing(0))
	if err != nil {
		t.Fatal(err)
	}
	next := coldThing(0)
	second, err := s.Update(first, next)
	if err != nil {
		t.Fatal(err)
	}
	for i := range warm {
		if _, err := s.Create(key(fmt.Sprintf("ns/%04d", i)), coldThing(i)); err != nil {
			t.Fatal(err)
		}
	}
	if second.object != nil {
		t.Fatal("the item is not cold")
	}
	at := func(text string) *byte { return unsafe.StringData(text) }
	for _, obj := range []*unstructured.Unstructured{first.Object(), next, second.Object()} {
		if at(obj.GetName()) != at(first.Key.Name) || at(string(obj.GetUID())) != at(string(first.UID)) {
			t.Errorf("%s %s is another text than the item's", obj.GetName(), obj.GetUID())
		}
	}
	if at(second.Object().GetKind()) != at(kind.Value()) {
		t.Error("objects do not share the text of their kind")
	}
	runtime.KeepAlive(kind)
}
