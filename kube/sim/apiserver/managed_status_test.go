package apiserver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clocktesting "k8s.io/utils/clock/testing"
)

// TestStatusFieldsAlone writes statuses one after another: to show the field manager nothing but the status must give
// the managed fields that it gives for the whole object.
func TestStatusFieldsAlone(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	fields := builtinResource(podKind(), builtinConverter, clock).fields
	condition := func(kind, status string) map[string]any { return map[string]any{"type": kind, "status": status} }
	writes := []struct {
		name, manager string
		status        map[string]any
	}{
		{"first", "kubelet", map[string]any{"phase": "Running", "conditions": []any{condition("Ready", "False"), condition("Initialized", "True")}}},
		{"another value", "kubelet", map[string]any{"phase": "Running", "conditions": []any{condition("Ready", "True"), condition("Initialized", "True")}}},
		{"another manager takes over", "scheduler", map[string]any{"phase": "Failed", "podIP": "10.0.0.1", "podIPs": []any{map[string]any{"ip": "10.0.0.1"}}, "conditions": []any{condition("Ready", "True")}}},
		{"nothing changes", "kubelet", map[string]any{"phase": "Failed", "podIP": "10.0.0.1", "podIPs": []any{map[string]any{"ip": "10.0.0.1"}}, "conditions": []any{condition("Ready", "True")}}},
		{"fields go", "kubelet", map[string]any{"phase": "Failed"}},
		{"no status", "kubelet", nil},
	}
	live := fields.update(nil, object(t, `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}, finalizers: [example.com/one]}
spec: {restartPolicy: Always, containers: [{name: web, image: nginx, ports: [{containerPort: 80, protocol: TCP}]}]}
`), "kubectl-create", "")
	manager, err := fields.of("status")
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range writes {
		next := ownMetadata(withField(live, nil, "status"))
		if write.status != nil {
			next.Object["status"] = write.status
		}
		next.SetLabels(map[string]string{"not": "counted"})
		whole, err := manager.Update(live, ownMetadata(next), write.manager)
		if err != nil {
			t.Fatal(err)
		}
		want := fields.stamped(whole.(*unstructured.Unstructured), live)
		got := fields.update(live, next, write.manager, "status")
		if diff := cmp.Diff(want.Object, got.Object); diff != "" {
			t.Errorf("%s (-whole +status alone):\n%s", write.name, diff)
		}
		live = got
	}
}
