package kube

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

// state is what the watches know now.
func (w *watcher) state() State {
	s := State{Kyverno: w.serves(clusterPolicies), Err: w.err()}
	for _, u := range w.objects(namespaces) {
		s.Namespaces = append(s.Namespaces, namespaceOf(u))
	}
	slices.SortFunc(s.Namespaces, func(a, b Namespace) int { return cmp.Compare(a.Name, b.Name) })
	s.Workloads = w.workloads()
	s.Policies = w.policies()
	s.Reports = w.reports()
	s.Events = w.events()
	return s
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
