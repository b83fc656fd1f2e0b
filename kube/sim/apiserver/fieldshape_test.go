package apiserver

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

const shapedPod = `
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: default
  labels: {app: web, team: shop}
  annotations: {note: ""}
  finalizers: [example.com/one, example.com/two]
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: u-1, controller: true}]
spec:
  restartPolicy: Always
  securityContext: {}
  nodeSelector: {disk: ssd}
  tolerations: [{key: a, operator: Exists, effect: NoSchedule}]
  containers:
  - name: web
    image: nginx
    resources: {limits: {cpu: "1"}}
    env: [{name: A, value: a}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
    ports: [{containerPort: 80, protocol: TCP}, {containerPort: 81}]
    args: [a, b]
status: {}
`

// TestCreationsAreRemembered: pods that differ only in what fields are set to share what was found out for the first; others
// do not.
func TestCreationsAreRemembered(t *testing.T) {
	known := newCreations()
	_, first, _ := known.of(object(t, shapedPod), "kubectl", "")
	for _, each := range []struct {
		name  string
		path  []any
		value any
		same  bool
	}{
		{"another name", []any{"metadata", "name"}, "api", true},
		{"another label", []any{"metadata", "labels", "app"}, "api", true},
		{"a nested value of an item", []any{"spec", "containers", 0, "env", 1, "valueFrom", "fieldRef", "fieldPath"}, "spec.nodeName", true},
		{"a label more", []any{"metadata", "labels", "more"}, "x", false},
		{"a text that is empty", []any{"metadata", "labels", "app"}, "", false},
		{"a text that is not", []any{"metadata", "annotations", "note"}, "x", false},
		{"null", []any{"spec", "nodeSelector"}, nil, false},
		{"another type", []any{"spec", "restartPolicy"}, int64(1), false},
		{"another finalizer", []any{"metadata", "finalizers", 1}, "example.com/three", false},
		{"another owner", []any{"metadata", "ownerReferences", 0, "uid"}, "u-2", false},
		{"another container", []any{"spec", "containers", 0, "name"}, "api", false},
		{"another port", []any{"spec", "containers", 0, "ports", 1, "containerPort"}, int64(82), false},
	} {
		obj := object(t, shapedPod)
		replaceAt(obj.Object, each.path, each.value)
		if _, key, _ := known.of(obj, "kubectl", ""); (key == first) != each.same {
			t.Errorf("%s: the same shape = %v, want %v", each.name, key == first, each.same)
		}
	}
	if _, key, _ := known.of(object(t, shapedPod), "helm", ""); key == first {
		t.Error("managers are taken for one")
	}
	for i := range 2 * creationLimit {
		known.note(creation{shape: uint64(i)}, nil)
	}
	if len(known.known) > creationLimit {
		t.Errorf("%d are remembered", len(known.known))
	}
}

// TestCreationsAreAsFieldManagementSays compares what is remembered with what the field manager says, for pods that are
// changed in one place after the other, and in which much comes back.
func TestCreationsAreAsFieldManagementSays(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	fields := builtinResource(podKind(), builtinConverter, clock).fields
	manager, err := fields.of("")
	if err != nil {
		t.Fatal(err)
	}
	values := []any{"a", "", nil, int64(0), int64(7), true, map[string]any{}, map[string]any{"name": "a"}, []any{}, []any{"a"}, []any{map[string]any{"name": "a"}}}
	random := rand.New(rand.NewPCG(1, 2))
	obj, found := object(t, shapedPod), 0
	for i := range 400 {
		if i%15 == 0 {
			obj = object(t, shapedPod)
		}
		obj = obj.DeepCopy()
		at := places(obj.Object)
		replaceAt(obj.Object, at[random.IntN(len(at))], values[random.IntN(len(values))])
		clock.SetTime(clock.Now().Add(time.Second))
		if _, _, known := fields.new.of(obj, "kubectl", ""); known {
			found++
		}
		want := fields.changed(manager, fields.empty(), obj, "kubectl")
		for range 2 {
			if got := fields.update(nil, obj, "kubectl", ""); !reflect.DeepEqual(want, got) {
				t.Fatalf("change %d (-field management +remembered):\n%s", i, cmp.Diff(want, got))
			}
		}
	}
	if found < 10 {
		t.Errorf("%d of the pods were like one before", found)
	}
}

// TestCreationsThatBringFields: what is remembered is not for objects that bring managed fields.
func TestCreationsThatBringFields(t *testing.T) {
	fields := builtinResource(podKind(), builtinConverter, clocktesting.NewFakePassiveClock(time.Now())).fields
	fields.update(nil, fields.update(nil, object(t, shapedPod), "kubectl", ""), "kubectl", "")
	if n := len(fields.new.known); n != 1 {
		t.Errorf("%d creations are remembered, want 1", n)
	}
}

// places lists the ways to all values below metadata's fields, spec and status, in a fixed order.
func places(obj map[string]any) [][]any {
	var out [][]any
	var walk func(value any, at []any)
	walk = func(value any, at []any) {
		if len(at) > 1 {
			out = append(out, at)
		}
		switch value := value.(type) {
		case map[string]any:
			for name, field := range value {
				walk(field, append(slices.Clone(at), name))
			}
		case []any:
			for i, item := range value {
				walk(item, append(slices.Clone(at), i))
			}
		}
	}
	walk(obj, nil)
	slices.SortFunc(out, func(a, b []any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

// replaceAt sets the value at the end of a way of names and indices.
func replaceAt(value any, at []any, to any) {
	for _, step := range at[:len(at)-1] {
		if i, ok := step.(int); ok {
			value = value.([]any)[i]
		} else {
			value = value.(map[string]any)[step.(string)]
		}
	}
	switch last := at[len(at)-1].(type) {
	case int:
		value.([]any)[last] = to
	case string:
		value.(map[string]any)[last] = to
	}
}
