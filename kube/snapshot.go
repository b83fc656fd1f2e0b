package kube

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

// state is what the watches know now. Of what did not change since the last State, the same slices are handed on.
func (w *watcher) state() State {
	s := w.last
	s.Kyverno, s.Err = w.serves(clusterPolicies), w.err()
	changed := w.changedSince()
	for _, part := range []struct {
		of   []schema.GroupVersionResource
		make func()
	}{
		{[]schema.GroupVersionResource{namespaces}, func() { s.Namespaces = w.namespaces() }},
		{workloadResources(), func() { s.Workloads = w.workloads() }},
		{[]schema.GroupVersionResource{clusterPolicies, policies}, func() { s.Policies = w.policies() }},
		{ReportResources(), func() { s.Reports = w.reports() }},
		{[]schema.GroupVersionResource{events}, func() { s.Events = w.events() }},
	} {
		if slices.ContainsFunc(part.of, func(gvr schema.GroupVersionResource) bool { return changed[gvr] }) {
			part.make()
		}
	}
	w.last = s
	return s
}

// changedSince are the resources whose objects changed since it was called last.
func (w *watcher) changedSince() map[schema.GroupVersionResource]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := w.dirty
	w.dirty = map[schema.GroupVersionResource]bool{}
	return changed
}

// said collects what is said of the objects of some resources, where that is a T.
func said[T any](w *watcher, resources ...schema.GroupVersionResource) []T {
	var found []T
	for _, gvr := range resources {
		for k := range w.kept(gvr) {
			if says, ok := k.says.(T); ok {
				found = append(found, says)
			}
		}
	}
	return found
}

// kept are the objects of a resource as far as they are remembered.
func (w *watcher) kept(gvr schema.GroupVersionResource) iter.Seq[*kept] {
	w.mu.Lock()
	open := w.watches[gvr]
	w.mu.Unlock()
	return func(yield func(*kept) bool) {
		if open == nil {
			return
		}
		for _, object := range open.GetStore().List() {
			if k, ok := object.(*kept); ok && !yield(k) {
				return
			}
		}
	}
}

// namespaces are those of the cluster, by name.
func (w *watcher) namespaces() []Namespace {
	found := said[Namespace](w, namespaces)
	slices.SortFunc(found, func(a, b Namespace) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// psaPrefix starts the labels of Pod Security Admission.
const psaPrefix = "pod-security.kubernetes.io/"

func namespaceOf(u *unstructured.Unstructured) Namespace {
	n := Namespace{Name: u.GetName(), Phase: text(u.Object, "status", "phase"), PSA: map[string]string{}}
	labels := u.GetLabels()
	for _, mode := range []string{"enforce", "audit", "warn"} {
		level := labels[psaPrefix+mode]
		if level == "" {
			continue
		}
		if version := labels[psaPrefix+mode+"-version"]; version != "" {
			level += ":" + version
		}
		n.PSA[mode] = level
	}
	return n
}

// The functions below read unstructured content without copying it; absent fields and fields of another type are empty.

func field(object map[string]any, path ...string) any {
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	return object[path[len(path)-1]]
}

func text(object map[string]any, path ...string) string {
	value, _ := field(object, path...).(string)
	return value
}

func number(object map[string]any, path ...string) int {
	switch value := field(object, path...).(type) {
	case int64:
		return int(value)
	case float64:
		return int(value)
	}
	return 0
}

func list(object map[string]any, path ...string) []map[string]any {
	items, _ := field(object, path...).([]any)
	var out []map[string]any
	for _, item := range items {
		if value, ok := item.(map[string]any); ok {
			out = append(out, value)
		}
	}
	return out
}
