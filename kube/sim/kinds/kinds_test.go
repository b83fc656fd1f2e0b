package kinds

import (
	"encoding/json"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsec/kube/sim/api"
)

// kindNamed returns the kind with a plural name, the one of a group where several share it.
func kindNamed(t *testing.T, group, plural string) *api.Kind {
	t.Helper()
	for _, k := range All() {
		if k.Plural == plural && k.GVK.Group == group {
			return k
		}
	}
	t.Fatalf("no kind %s.%s", plural, group)
	return nil
}

// TestKindsAreComplete checks what every kind must have for the API server to serve it: names, a type of its own, and a
// row with as many cells as there are columns even for an empty object.
func TestKindsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All() {
		gvr := k.GVR().String()
		if seen[gvr] {
			t.Errorf("%s is listed twice", gvr)
		}
		seen[gvr] = true
		if k.Singular == "" || k.GVK.Kind == "" || k.GVK.Version == "" {
			t.Errorf("%s: a name is missing: %+v", gvr, k.GVK)
		}
		obj := k.New()
		if k.Strategy.Default != nil {
			k.Strategy.Default(obj)
		}
		k.Strategy.PrepareCreate(obj)
		if errs := k.Strategy.Validate(obj); len(errs) == 0 {
			t.Errorf("%s: an object without a name is valid", gvr)
		}
		cells := k.Table.Row(obj, time.Unix(0, 0))
		if len(cells) != len(k.Table.Columns) {
			t.Errorf("%s: %d cells for %d columns", gvr, len(cells), len(k.Table.Columns))
		}
		if _, err := json.Marshal(cells); err != nil {
			t.Errorf("%s: marshal cells: %v", gvr, err)
		}
	}
}

// TestCategoryAll compares what "kubectl get all" lists with a real server's category, in discovery order.
func TestCategoryAll(t *testing.T) {
	want := map[string]bool{
		"pods": true, "replicationcontrollers": true, "services": true, "daemonsets": true, "deployments": true,
		"replicasets": true, "statefulsets": true, "horizontalpodautoscalers": true, "cronjobs": true, "jobs": true,
	}
	for _, k := range All() {
		in := false
		for _, c := range k.Categories {
			in = in || c == "all"
		}
		if in != want[k.Plural] {
			t.Errorf("%s: in category all: %v, want %v", k.Plural, in, want[k.Plural])
		}
	}
}

// TestGenerations: only kinds whose registry counts generations start with one.
func TestGenerations(t *testing.T) {
	for plural, want := range map[string]int64{"pods": 1, "services": 0, "namespaces": 0, "configmaps": 0} {
		k := kindNamed(t, "", plural)
		obj := k.New()
		k.Strategy.PrepareCreate(obj)
		if got := obj.(interface{ GetGeneration() int64 }).GetGeneration(); got != want {
			t.Errorf("%s: generation %d, want %d", plural, got, want)
		}
		if hook := k.Strategy.GenerationChanged; hook != nil && want == 0 && hook(obj, k.New()) {
			t.Errorf("%s: changes are counted", plural)
		}
	}
}

// TestBindingIsNoGeneration: a pod that gets a node stays the same generation, one that gets another image does not.
func TestBindingIsNoGeneration(t *testing.T) {
	old := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c:1"}}}}
	bound, changed := old.DeepCopy(), old.DeepCopy()
	bound.Spec.NodeName = "node-1"
	changed.Spec.Containers[0].Image = "c:2"
	hook := kindNamed(t, "", "pods").Strategy.GenerationChanged
	if hook(bound, old) || !hook(changed, old) {
		t.Errorf("binding counts: %v, an image counts: %v", hook(bound, old), hook(changed, old))
	}
}
