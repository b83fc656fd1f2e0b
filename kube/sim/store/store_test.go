package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var things = schema.GroupResource{Resource: "things"}

func key(name string) Key {
	namespace, name, _ := strings.Cut(name, "/")
	return Key{Resource: things, Namespace: namespace, Name: name}
}

func thing(name, value string) *unstructured.Unstructured {
	k := key(name)
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Thing", "value": value}}
	u.SetNamespace(k.Namespace)
	u.SetName(k.Name)
	u.SetUID(types.UID("uid of " + name))
	return u
}

func create(t testing.TB, s *Store, name, value string) *Item {
	t.Helper()
	item, err := s.Create(key(name), thing(name, value))
	if err != nil {
		t.Fatal(err)
	}
	return item
}

// show prints items as name=value and events as TYPE name=value.
func show(items []*Item) []string {
	var out []string
	for _, item := range items {
		out = append(out, fmt.Sprintf("%s/%s=%v", item.Key.Namespace, item.Key.Name, item.Object().Object["value"]))
	}
	return out
}

func showEvents(events []Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, string(e.Type)+" "+show([]*Item{e.Item})[0])
	}
	return out
}

func TestWritesHavePreconditions(t *testing.T) {
	s := New()
	first := create(t, s, "a/x", "1")
	if _, err := s.Create(key("a/x"), thing("a/x", "2")); !errors.Is(err, ErrExists) {
		t.Errorf("second create: %v", err)
	}
	second, err := s.Update(first, thing("a/x", "2"))
	if err != nil {
		t.Fatal(err)
	}
	if second.Revision <= first.Revision || second.Object().GetResourceVersion() != fmt.Sprint(second.Revision) {
		t.Errorf("revision %d after %d, in the object %s", second.Revision, first.Revision, second.Object().GetResourceVersion())
	}
	if _, err := s.Update(first, thing("a/x", "3")); !errors.Is(err, ErrConflict) {
		t.Errorf("update of an old state: %v", err)
	}
	if _, err := s.Delete(first); !errors.Is(err, ErrConflict) {
		t.Errorf("delete of an old state: %v", err)
	}
	last, err := s.Delete(second)
	if err != nil {
		t.Fatal(err)
	}
	if last.Revision <= second.Revision || second.Object().GetResourceVersion() == last.Object().GetResourceVersion() {
		t.Error("the deletion has no resourceVersion of its own, or changed the stored object")
	}
	if _, err := s.Get(key("a/x")); !errors.Is(err, ErrNotFound) {
		t.Errorf("get after delete: %v", err)
	}
	if _, err := s.Update(second, thing("a/x", "4")); !errors.Is(err, ErrNotFound) {
		t.Errorf("update after delete: %v", err)
	}
}

func TestListsAreSortedAndOfOneMoment(t *testing.T) {
	s := New()
	create(t, s, "b/x", "1")
	x := create(t, s, "a/x", "1")
	create(t, s, "a/b", "1")
	at := s.Revision()
	if _, err := s.Update(x, thing("a/x", "2")); err != nil {
		t.Fatal(err)
	}
	create(t, s, "c/new", "1")
	b, _ := s.Get(key("b/x"))
	if _, err := s.Delete(b); err != nil {
		t.Fatal(err)
	}
	now, revision := s.List(things)
	if diff := cmp.Diff([]string{"a/b=1", "a/x=2", "c/new=1"}, show(now)); diff != "" || revision != s.Revision() {
		t.Errorf("now, at %d: %s", revision, diff)
	}
	past, err := s.ListAt(things, at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/b=1", "a/x=1", "b/x=1"}, show(past)); diff != "" {
		t.Errorf("then: %s", diff)
	}
	if _, err := s.ListAt(things, s.Revision()+1); !errors.Is(err, ErrFuture) {
		t.Errorf("list of the future: %v", err)
	}
	if none, err := s.ListAt(schema.GroupResource{Resource: "none"}, at); err != nil || len(none) > 0 {
		t.Errorf("list of a resource that nobody used: %v, %v", none, err)
	}
}

// TestListsAfterMuchChanged: a list that was given up is made anew, and says what any other would.
func TestListsAfterMuchChanged(t *testing.T) {
	s := New()
	var want []string
	for i := range 3 * history {
		create(t, s, fmt.Sprintf("n/%05d", i), "1")
		want = append(want, fmt.Sprintf("n/%05d=1", i))
		if i == 10 || i == 2*history {
			if now, _ := s.List(things); len(now) != i+1 {
				t.Errorf("%d items are listed of %d", len(now), i+1)
			}
		}
	}
	first, err := s.Get(key("n/00000"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete(first); err != nil {
		t.Fatal(err)
	}
	now, _ := s.List(things)
	if diff := cmp.Diff(want[1:], show(now)); diff != "" {
		t.Error(diff)
	}
}

func TestWaitGivesEachChangeOnce(t *testing.T) {
	s := New()
	start := s.Revision()
	a := create(t, s, "a/x", "1")
	b, _ := s.Update(a, thing("a/x", "2"))
	_, _ = s.Delete(b)
	events, err := s.Wait(context.Background(), things, start)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ADDED a/x=1", "MODIFIED a/x=2", "DELETED a/x=2"}, showEvents(events)); diff != "" {
		t.Error(diff)
	}
	done, at := make(chan []Event), s.Revision()
	go func() {
		events, _ := s.Wait(context.Background(), things, at)
		done <- events
	}()
	create(t, s, "a/y", "1")
	if diff := cmp.Diff([]string{"ADDED a/y=1"}, showEvents(<-done)); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Wait(ctx, things, s.Revision()); !errors.Is(err, context.Canceled) {
		t.Errorf("wait after its end: %v", err)
	}
}

// TestWaitGivesWhatWasBeforeItsEnd: a change that comes together with the end of the wait is not lost.
func TestWaitGivesWhatWasBeforeItsEnd(t *testing.T) {
	s := New()
	for i := range 200 { // which of the two is noticed first is up to the scheduler
		ctx, cancel := context.WithCancel(context.Background())
		done, at := make(chan []Event), s.Revision()
		go func() {
			events, _ := s.Wait(ctx, things, at)
			done <- events
		}()
		name := fmt.Sprintf("a/%d", i)
		create(t, s, name, "1")
		cancel()
		if diff := cmp.Diff([]string{"ADDED " + name + "=1"}, showEvents(<-done)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := New()
	start := s.Revision()
	item := create(t, s, "a/x", "0")
	for i := range 3 * history {
		var err error
		if item, err = s.Update(item, thing("a/x", fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.shelves[things].events); n >= 2*history {
		t.Errorf("%d events are kept", n)
	}
	if _, err := s.Wait(context.Background(), things, start); !errors.Is(err, ErrExpired) {
		t.Errorf("wait from the beginning: %v", err)
	}
	if _, err := s.ListAt(things, start+1); !errors.Is(err, ErrExpired) {
		t.Errorf("list at the beginning: %v", err)
	}
	events, err := s.Wait(context.Background(), things, s.Revision()-10)
	if err != nil || len(events) != 10 {
		t.Errorf("the latest ten changes: %d, %v", len(events), err)
	}
}

func TestReplaceIsADifference(t *testing.T) {
	s := New()
	create(t, s, "a/same", "1")
	changed := create(t, s, "a/changed", "1")
	create(t, s, "a/other", "1")
	snapshot := map[Key]*unstructured.Unstructured{}
	for _, item := range s.All() {
		snapshot[item.Key] = item.Object()
	}
	_, _ = s.Update(changed, thing("a/changed", "2"))
	gone, _ := s.Get(key("a/other"))
	_, _ = s.Delete(gone)
	other := thing("a/other", "9")
	other.SetUID("another object")
	if _, err := s.Create(key("a/other"), other); err != nil {
		t.Fatal(err)
	}
	create(t, s, "a/extra", "1")

	for round, want := range [][]string{
		{"DELETED a/extra=1", "MODIFIED a/changed=1", "DELETED a/other=9", "ADDED a/other=1"},
		nil, // what was put back is known: nothing differs any more
	} {
		before := s.Revision()
		s.Replace(snapshot)
		events := s.shelves[things].after(before)
		if diff := cmp.Diff(want, showEvents(events)); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
	}
	now, _ := s.List(things)
	if diff := cmp.Diff([]string{"a/changed=1", "a/other=1", "a/same=1"}, show(now)); diff != "" {
		t.Error(diff)
	}
	if snapshot[key("a/changed")].GetResourceVersion() == now[0].Object().GetResourceVersion() {
		t.Error("the restored object has the resourceVersion of the past, or the snapshot was changed")
	}
}

// TestConcurrentUse has writers count up an object each while readers follow: no count may be missed.
func TestConcurrentUse(t *testing.T) {
	const writers, steps = 4, 200
	s := New()
	start := s.Revision()
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			name := fmt.Sprintf("a/%d", w)
			item := create(t, s, name, "0")
			for i := 1; i < steps; i++ {
				item, _ = s.Update(item, thing(name, fmt.Sprint(i)))
			}
		})
		work.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			seen, at := 0, start
			for seen < writers*steps {
				events, err := s.Wait(ctx, things, at)
				if err != nil {
					t.Error(err)
					return
				}
				seen += len(events)
				at = events[len(events)-1].Revision
			}
		})
	}
	work.Wait()
}

func BenchmarkUpdate(b *testing.B) {
	s := New()
	item := create(b, s, "a/x", "0")
	for b.Loop() {
		item, _ = s.Update(item, thing("a/x", "1"))
	}
}

func BenchmarkList(b *testing.B) {
	s := New()
	for i := range 1000 {
		create(b, s, fmt.Sprintf("a/%04d", i), "0")
	}
	for b.Loop() {
		s.List(things)
	}
}
