package controller

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/kube/sim/api"
)

// tapped is a way to the API server that counts the pods that lists return and the namespaces that are written, and
// refuses writes of a Job's status that says that it failed.
type tapped struct {
	api.Client
	*taps
}

type taps struct {
	pods, namespaces atomic.Int64
	conflicts        atomic.Int64 // still to come
}

func (t tapped) As(user, group string) api.Client { return tapped{t.Client.As(user, group), t.taps} }

func (t tapped) Vouched() api.Client { return tapped{t.Client.Vouched(), t.taps} }

func (t tapped) List(ctx context.Context, gvr resource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error) {
	items, err := t.Client.List(ctx, gvr, namespace, selector)
	if gvr == podsGVR {
		t.pods.Add(int64(len(items)))
	}
	return items, err
}

func (t tapped) Update(ctx context.Context, gvr resource, obj *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error) {
	if gvr == spacesGVR {
		t.namespaces.Add(1)
	}
	if conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions"); gvr == jobGVR && len(conditions) > 0 {
		if t.conflicts.Add(-1) >= 0 {
			return nil, apierrors.NewConflict(gvr.GroupResource(), obj.GetName(), fmt.Errorf("another write came first"))
		}
	}
	return t.Client.Update(ctx, gvr, obj, subresource)
}

func newTappedCluster(t *testing.T) (*cluster, *taps) {
	t.Helper()
	counts := &taps{}
	return newClusterFor(t, func(_ testing.TB, client api.Client) api.Client { return tapped{client, counts} }), counts
}

// TestNamespaceOfManyPods: what goes by itself is not read to be explained, and the namespace is not written for it.
func TestNamespaceOfManyPods(t *testing.T) {
	c, counts := newTappedCluster(t)
	for i := range crowd {
		c.put(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": fmt.Sprintf("p-%d", i)},
			"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "c:1"}}},
		}})
	}
	c.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}")
	counts.pods.Store(0)
	counts.namespaces.Store(0)
	c.delete(spacesGVR, "shop", metav1.DeletePropagationBackground)
	if left := listed[corev1.Pod](c, podsGVR); len(left) > 0 {
		t.Fatalf("%d pods are left", len(left))
	}
	if n := counts.pods.Load(); n > 0 {
		t.Errorf("%d pods were read whole", n)
	}
	if n := counts.namespaces.Load(); n != 1 {
		t.Errorf("the namespace was written %d times, want once", n)
	}
	if got := len(namespaceConditions(c, "shop")); got != 5 {
		t.Errorf("%d conditions say what keeps the namespace, want 5", got)
	}
}

// TestDeadlineAfterConflict: the pods that a Job's end stopped are counted though its status had to be written again.
func TestDeadlineAfterConflict(t *testing.T) {
	c, counts := newTappedCluster(t)
	c.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: dead}
spec:
  parallelism: 2
  activeDeadlineSeconds: 2
  template: {spec: {restartPolicy: Never, nodeSelector: {no: where}, containers: [{name: c, image: "c:1"}]}}`)
	counts.conflicts.Store(2)
	c.step(3 * time.Second)
	jobs := listed[batchv1.Job](c, jobGVR)
	if len(jobs) != 1 || outcome(jobs[0]) != batchv1.JobFailed || jobs[0].Status.Failed != 2 || jobs[0].Status.Active != 0 {
		t.Errorf("jobs: %+v", jobs[0].Status)
	}
	if counts.conflicts.Load() >= 0 {
		t.Error("no write was refused")
	}
}

func TestUnaccounted(t *testing.T) {
	for _, test := range []struct {
		status batchv1.JobStatus
		count  count
		want   int32
	}{
		{batchv1.JobStatus{Active: 2}, count{}, 2},
		{batchv1.JobStatus{Active: 2}, count{failed: 1}, 1},
		{batchv1.JobStatus{Active: 2, Failed: 1}, count{failed: 1}, 2},
		{batchv1.JobStatus{Active: 2, Succeeded: 1}, count{succeeded: 2}, 1},
		{batchv1.JobStatus{Active: 1, Succeeded: 1}, count{}, 1},
	} {
		if got := unaccounted(&test.status, test.count); got != test.want {
			t.Errorf("%+v with %+v: %d, want %d", test.status, test.count, got, test.want)
		}
	}
}
