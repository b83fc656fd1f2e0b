package kyverno

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

// scriptedSource gives out one channel for each time the watch is opened; a nil one is a watch that fails.
type scriptedSource struct {
	mu      sync.Mutex
	watches []chan watch.Event
	present []*unstructured.Unstructured
}

func (s *scriptedSource) Heads(context.Context, schema.GroupVersionResource, string) ([]api.Head, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var heads []api.Head
	for _, object := range s.present {
		heads = append(heads, api.Head{Namespace: object.GetNamespace(), Name: object.GetName()})
	}
	return heads, nil
}

func (s *scriptedSource) Watch(ctx context.Context, _ schema.GroupVersionResource) (<-chan watch.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.watches) == 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	next := s.watches[0]
	s.watches = s.watches[1:]
	if next == nil {
		return nil, errors.New("not now")
	}
	return next, nil
}

func object(name, version string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": name, "namespace": "n", "resourceVersion": version, "uid": "uid-" + name},
	}}
}

func TestInformer(t *testing.T) {
	first, second := make(chan watch.Event), make(chan watch.Event)
	from := &scriptedSource{watches: []chan watch.Event{first, nil, second}}
	changes := make(chan string, 10)
	name := func(u *unstructured.Unstructured) string {
		if u == nil {
			return "-"
		}
		return u.GetName() + u.GetResourceVersion()
	}
	i := newInformer(configMaps, func(old, now *unstructured.Unstructured) { changes <- name(old) + " " + name(now) })
	ctx, stop := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		i.run(ctx, from)
	}()
	var got []string
	next := func() { got = append(got, <-changes) }
	first <- watch.Event{Type: watch.Added, Object: object("a", "1")}
	next()
	first <- watch.Event{Type: watch.Added, Object: object("a", "1")} // nothing new
	first <- watch.Event{Type: watch.Added, Object: object("b", "2")}
	next()
	first <- watch.Event{Type: watch.Modified, Object: object("a", "3")}
	next()
	from.mu.Lock()
	from.present = []*unstructured.Unstructured{object("a", "3")}
	from.mu.Unlock()
	close(first) // b is deleted while no watch is open
	next()
	second <- watch.Event{Type: watch.Deleted, Object: object("a", "4")}
	next()
	second <- watch.Event{Type: watch.Deleted, Object: object("a", "4")} // nothing new
	stop()
	close(second)
	<-finished
	want := []string{"- a1", "- b2", "a1 a3", "b2 -", "a3 -"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if left := i.all(); len(left) != 0 || i.get("n", "a") != nil {
		t.Errorf("%d objects are left", len(left))
	}
}

// TestUnwantedInformerIsSilent: once want has returned, what is not wanted any more tells of nothing.
func TestUnwantedInformerIsSilent(t *testing.T) {
	events := make(chan watch.Event, 1)
	events <- watch.Event{Type: watch.Added, Object: object("a", "1")}
	close(events)
	telling, goOn := make(chan struct{}), make(chan struct{})
	s := newInformers(&scriptedSource{watches: []chan watch.Event{events}}, func(schema.GroupVersionResource, *unstructured.Unstructured, *unstructured.Unstructured) {
		close(telling)
		<-goOn
	})
	s.want(t.Context(), []schema.GroupVersionResource{configMaps})
	<-telling
	wanted := make(chan struct{})
	go func() {
		defer close(wanted)
		s.want(t.Context(), nil)
	}()
	select {
	case <-wanted:
		t.Error("want did not wait for the informer")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	<-wanted
}

func TestSameButStatus(t *testing.T) {
	pod := func(edit func(map[string]any)) *unstructured.Unstructured {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": "p", "uid": "1", "labels": map[string]any{"a": "b"}},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "c"}}},
		}}
		edit(u.Object)
		return u
	}
	spec := func(o map[string]any) map[string]any { return o["spec"].(map[string]any) }
	meta := func(o map[string]any) map[string]any { return o["metadata"].(map[string]any) }
	summary := summaries{maphash.MakeSeed()}
	for name, test := range map[string]struct {
		edit func(map[string]any)
		want bool
	}{
		"nothing":            {func(map[string]any) {}, true},
		"status":             {func(o map[string]any) { o["status"] = map[string]any{"phase": "Running"} }, true},
		"scheduled":          {func(o map[string]any) { spec(o)["nodeName"] = "node-1" }, true},
		"server's notes":     {func(o map[string]any) { meta(o)["resourceVersion"] = "9"; meta(o)["managedFields"] = []any{} }, true},
		"labels":             {func(o map[string]any) { meta(o)["labels"] = map[string]any{"a": "c"} }, false},
		"annotations":        {func(o map[string]any) { meta(o)["annotations"] = map[string]any{"x": "y"} }, false},
		"another object":     {func(o map[string]any) { meta(o)["uid"] = "2" }, false},
		"spec":               {func(o map[string]any) { spec(o)["hostPID"] = true }, false},
		"spec field is gone": {func(o map[string]any) { delete(spec(o), "containers") }, false},
		"data":               {func(o map[string]any) { o["data"] = map[string]any{"k": "v"} }, false},
	} {
		before, after := pod(func(map[string]any) {}), pod(test.edit)
		if got := sameButStatus(before, after); got != test.want {
			t.Errorf("%s: same is %v", name, got)
		}
		if got := sameSummary(summary.of(before).object(), summary.of(after).object()); got != test.want {
			t.Errorf("%s: same by summary is %v", name, got)
		}
	}
}
