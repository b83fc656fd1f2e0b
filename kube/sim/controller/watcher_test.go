package controller

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

func thing(uid, version string, owners ...string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetName("n-" + uid)
	u.SetUID(types.UID(uid))
	u.SetResourceVersion(version)
	var refs []metav1.OwnerReference
	for _, owner := range owners {
		refs = append(refs, metav1.OwnerReference{UID: types.UID(owner)})
	}
	u.SetOwnerReferences(refs)
	return u
}

// TestWatcherTellsNewsFromEchoes: a write that the worker made itself comes back from the watch and is no news then.
func TestWatcherTellsNewsFromEchoes(t *testing.T) {
	w := newWatcher(nil, nil)
	added := func(version string) change {
		return change{kind: watch.Added, gvr: podsGVR, obj: thing("a", version, "owner")}
	}
	gone := change{kind: watch.Deleted, gvr: podsGVR, obj: thing("a", "9", "owner")}
	for i, step := range []struct {
		call func(change) bool
		ch   change
		news bool
	}{
		{w.learn, added("5"), true},
		{w.know, added("5"), false},
		{w.know, added("4"), false},
		{w.know, added("6"), true},
		{w.learn, gone, true},
		{w.know, added("7"), false}, // written before it was deleted, told after
		{w.know, gone, false},
		{w.know, added("10"), true}, // the same object again, as after a restore
		{w.know, gone, true},
		{w.know, gone, false},
	} {
		if got := step.call(step.ch); got != step.news {
			t.Errorf("step %d: news = %v, want %v", i, got, step.news)
		}
	}
	if len(w.objects)+len(w.children)+len(w.gone) != 0 {
		t.Errorf("something is remembered of what is gone: %v %v %v", w.objects, w.children, w.gone)
	}
}

// TestWatcherShedsEchoes: of many changes those are dropped before they are taken that the worker made itself; news and
// deletions are kept, in order.
func TestWatcherShedsEchoes(t *testing.T) {
	w := newWatcher(nil, nil)
	var want []string
	push := func(kind watch.EventType, uid, version string) {
		w.push(change{kind: kind, gvr: podsGVR, obj: thing(uid, version)})
	}
	for i := range 3 * crowd {
		uid := fmt.Sprint(i)
		w.learn(change{kind: watch.Added, gvr: podsGVR, obj: thing(uid, "5")})
		push(watch.Added, uid, "5")
		if i%crowd == 0 {
			push(watch.Modified, uid, "6")
			push(watch.Deleted, uid, "7")
			want = append(want, "MODIFIED "+uid, "DELETED "+uid)
		}
		w.shed()
		if n := len(w.pending); n > 2*crowd {
			t.Fatalf("%d changes are pending", n)
		}
	}
	var got []string
	for _, ch := range w.take() {
		if ch.obj.GetResourceVersion() != "5" {
			got = append(got, string(ch.kind)+" "+string(ch.obj.GetUID()))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

// TestWatcherForgetsWithTheWatch: what a watch told last is not taken in once it was ended, also when the resource is watched
// again, and nothing is awaited of it any more.
func TestWatcherForgetsWithTheWatch(t *testing.T) {
	events := make(chan watch.Event)
	defer close(events)
	w := newWatcher(fixedWatch{events: events}, nil)
	begin := func() int {
		if err := w.watch(t.Context(), watched{gvr: podsGVR}); err != nil {
			t.Fatal(err)
		}
		return w.resources[podsGVR].number
	}
	told := func(by int, uid string) bool {
		return w.know(change{kind: watch.Added, gvr: podsGVR, obj: thing(uid, "5", "owner"), watch: by})
	}
	first := begin()
	if !told(first, "a") || !told(first, "b") {
		t.Fatal("a watch is not listened to")
	}
	w.learn(change{kind: watch.Deleted, gvr: podsGVR, obj: thing("b", "6", "owner")})
	w.unwatch(podsGVR)
	if told(first, "late") {
		t.Error("a watch that was ended is listened to")
	}
	second := begin()
	if told(first, "later") || !told(second, "b") {
		t.Error("the watches are taken for one")
	}
	w.unwatch(podsGVR)
	if len(w.objects)+len(w.children)+len(w.spaces)+len(w.gone) != 0 {
		t.Errorf("something is remembered of what is not watched: %v %v %v %v", w.objects, w.children, w.spaces, w.gone)
	}
}

// fixedWatch is an API server whose watches tell what a test says.
type fixedWatch struct {
	api.Client
	events chan watch.Event
}

func (f fixedWatch) Watch(context.Context, resource) (<-chan watch.Event, error) {
	return f.events, nil
}

func TestWatcherKnowsDependents(t *testing.T) {
	w := newWatcher(nil, nil)
	for _, obj := range []*unstructured.Unstructured{thing("b", "1", "x"), thing("a", "2", "x", "y"), thing("c", "3")} {
		w.know(change{kind: watch.Added, gvr: podsGVR, obj: obj})
	}
	names := func(uid types.UID) string {
		var out []string
		for _, e := range w.dependents(uid) {
			out = append(out, e.name)
		}
		return strings.Join(out, " ")
	}
	if got := names("x") + "|" + names("y"); got != "n-a n-b|n-a" {
		t.Errorf("dependents %s", got)
	}
	w.know(change{kind: watch.Modified, gvr: podsGVR, obj: thing("d", "3", "x", "x")})
	if got := names("x"); got != "n-a n-b n-d" {
		t.Errorf("with one that names its owner twice: %s", got)
	}
	w.know(change{kind: watch.Deleted, gvr: podsGVR, obj: thing("d", "3", "x", "x")})
	w.know(change{kind: watch.Modified, gvr: podsGVR, obj: thing("a", "4", "y")})
	if got := names("x") + "|" + names("y"); got != "n-b|n-a" {
		t.Errorf("after a change of owners: %s", got)
	}
}

// TestCustomResources: the controllers learn of new kinds, collect their garbage and empty namespaces of them.
func TestCustomResources(t *testing.T) {
	c := newCluster(t)
	c.apply(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: reports.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: reports, kind: Report, singular: report, listKind: ReportList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}`)
	c.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: \"c:1\"}]}")
	pod, err := c.client.Get(context.Background(), podsGVR, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	reports := schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "reports"}
	for name, owner := range map[string]*unstructured.Unstructured{"owned": pod, "free": nil} {
		report := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Report"}}
		report.SetName(name)
		report.SetNamespace("shop")
		if owner != nil {
			report.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "web", UID: owner.GetUID()}})
		}
		if _, err := c.client.Create(context.Background(), reports, report, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	c.settle()
	names := func() []string {
		items, err := c.client.List(context.Background(), reports, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, u := range items {
			out = append(out, u.GetName())
		}
		return out
	}
	c.delete(podsGVR, "web", metav1.DeletePropagationBackground)
	if diff := cmp.Diff([]string{"free"}, names()); diff != "" {
		t.Errorf("after the owner's end (-want +got):\n%s", diff)
	}
	c.delete(spacesGVR, "shop", metav1.DeletePropagationBackground)
	if diff := cmp.Diff([]string{}, names()); diff != "" {
		t.Errorf("after the namespace's end (-want +got):\n%s", diff)
	}
	c.delete(crdResource, "reports.example.com", metav1.DeletePropagationBackground)
	if _, err := c.client.List(context.Background(), reports, "", nil); !apierrors.IsNotFound(err) {
		t.Errorf("list after the definition's end: %v", err)
	}
	if _, ok := c.controllers.watcher.resources[reports]; ok {
		t.Error("a kind that is no longer defined is still watched")
	}
}
