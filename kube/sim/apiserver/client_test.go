package apiserver

import (
	"context"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
)

const webPod = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: c, image: nginx}]
`

func TestClientWritesAndReads(t *testing.T) {
	ctx := context.Background()
	c := newTestServer(t).Client()
	pods := gvr("", "v1", "pods")

	made := mustCreate(t, c, pods, webPod)
	if made.GetUID() == "" || made.GetResourceVersion() == "" || !made.GetCreationTimestamp().Time.Equal(testTime()) {
		t.Errorf("system metadata is missing: %v", made.Object["metadata"])
	}
	if policy, _, _ := unstructured.NestedString(made.Object, "spec", "restartPolicy"); policy != "Always" {
		t.Errorf("restartPolicy = %q, want the default", policy)
	}
	if len(made.GetManagedFields()) != 1 {
		t.Errorf("managedFields = %v, want one entry", made.GetManagedFields())
	}
	if _, err := c.Create(ctx, pods, object(t, webPod), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		t.Errorf("second create: %v, want AlreadyExists", err)
	}

	changed := made.DeepCopy()
	changed.SetLabels(map[string]string{"app": "web", "team": "a"})
	updated, err := c.Update(ctx, pods, changed, "")
	if err != nil {
		t.Fatal(err)
	}
	if updated.GetGeneration() != 1 || updated.GetResourceVersion() == made.GetResourceVersion() {
		t.Errorf("after a label: generation %d, resourceVersion %s", updated.GetGeneration(), updated.GetResourceVersion())
	}
	if _, err := c.Update(ctx, pods, changed, ""); !apierrors.IsConflict(err) {
		t.Errorf("update with an old resourceVersion: %v, want Conflict", err)
	}

	found, err := c.List(ctx, pods, "", labels.SelectorFromSet(labels.Set{"team": "a"}))
	if err != nil || len(found) != 1 {
		t.Errorf("list by label: %d objects, %v", len(found), err)
	}
	if err := c.Delete(ctx, pods, "shop", "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, pods, "shop", "web"); !apierrors.IsNotFound(err) || !strings.Contains(err.Error(), `pods "web" not found`) {
		t.Errorf("get after delete: %v", err)
	}
}

func TestStatusIsWrittenApart(t *testing.T) {
	ctx := context.Background()
	c := newTestServer(t).Client()
	pods := gvr("", "v1", "pods")
	made := mustCreate(t, c, pods, webPod)

	running := made.DeepCopy()
	_ = unstructured.SetNestedField(running.Object, "Running", "status", "phase")
	_ = unstructured.SetNestedField(running.Object, "node-1", "spec", "nodeName")
	got, err := c.Update(ctx, pods, running, "status")
	if err != nil {
		t.Fatal(err)
	}
	phase, _, _ := unstructured.NestedString(got.Object, "status", "phase")
	node, _, _ := unstructured.NestedString(got.Object, "spec", "nodeName")
	if phase != "Running" || node != "" {
		t.Errorf("after /status: phase %q, nodeName %q", phase, node)
	}
	plain := got.DeepCopy()
	_ = unstructured.SetNestedField(plain.Object, "Failed", "status", "phase")
	got, err = c.Update(ctx, pods, plain, "")
	if err != nil {
		t.Fatal(err)
	}
	if phase, _, _ := unstructured.NestedString(got.Object, "status", "phase"); phase != "Running" {
		t.Errorf("a write to the object changed its status to %q", phase)
	}
}

func TestGracefulAndFinalizedDeletion(t *testing.T) {
	ctx := context.Background()
	c := newTestServer(t).Client()
	pods := gvr("", "v1", "pods")
	mustCreate(t, c, pods, `
apiVersion: v1
kind: Pod
metadata: {name: slow, namespace: shop, finalizers: [example.com/hold]}
spec: {nodeName: node-1, terminationGracePeriodSeconds: 30, containers: [{name: c, image: nginx}]}
`)
	if err := c.Delete(ctx, pods, "shop", "slow", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	marked, err := c.Get(ctx, pods, "shop", "slow")
	if err != nil {
		t.Fatal(err)
	}
	if grace := marked.GetDeletionGracePeriodSeconds(); grace == nil || *grace != 30 || !marked.GetDeletionTimestamp().Time.Equal(testTime().Add(30*time.Second)) {
		t.Errorf("marked for %v at %v", grace, marked.GetDeletionTimestamp())
	}
	zero := int64(0)
	if err := c.Delete(ctx, pods, "shop", "slow", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
		t.Fatal(err)
	}
	held, err := c.Get(ctx, pods, "shop", "slow")
	if err != nil {
		t.Fatalf("a finalizer must hold the pod: %v", err)
	}
	free := held.DeepCopy()
	free.SetFinalizers(nil)
	if _, err := c.Update(ctx, pods, free, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, pods, "shop", "slow"); !apierrors.IsNotFound(err) {
		t.Errorf("after its last finalizer: %v, want NotFound", err)
	}
}

func TestNamespaceGoesWhenFinalized(t *testing.T) {
	ctx := context.Background()
	c := newTestServer(t).Client()
	namespaces := gvr("", "v1", "namespaces")
	mustCreate(t, c, namespaces, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
	if err := c.Delete(ctx, namespaces, "", "shop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	ns, err := c.Get(ctx, namespaces, "", "shop")
	if err != nil {
		t.Fatal(err)
	}
	if phase, _, _ := unstructured.NestedString(ns.Object, "status", "phase"); phase != "Terminating" {
		t.Errorf("phase = %q, want Terminating", phase)
	}
	done := ns.DeepCopy()
	unstructured.RemoveNestedField(done.Object, "spec", "finalizers")
	if _, err := c.Update(ctx, namespaces, done, "finalize"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, namespaces, "", "shop"); !apierrors.IsNotFound(err) {
		t.Errorf("after finalize: %v, want NotFound", err)
	}
}

func TestClientWatchDeliversPresentAndComing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := newTestServer(t).Client()
	cms := gvr("", "v1", "configmaps")
	mustCreate(t, c, cms, "{apiVersion: v1, kind: ConfigMap, metadata: {name: first, namespace: a}}")
	events, err := c.Watch(ctx, cms)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(kind watch.EventType, name string) {
		t.Helper()
		e := <-events
		if got := e.Object.(*unstructured.Unstructured).GetName(); e.Type != kind || got != name {
			t.Errorf("event %s %s, want %s %s", e.Type, got, kind, name)
		}
	}
	expect(watch.Added, "first")
	mustCreate(t, c, cms, "{apiVersion: v1, kind: ConfigMap, metadata: {name: second, namespace: a}}")
	expect(watch.Added, "second")
	if err := c.Delete(ctx, cms, "a", "first", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	expect(watch.Deleted, "first")
	cancel()
	for range events {
		t.Error("an event after the end of the watch")
	}
}

func TestEventsAreOneResourceInTwoGroups(t *testing.T) {
	ctx := context.Background()
	c := newTestServer(t).Client()
	mustCreate(t, c, gvr("events.k8s.io", "v1", "events"), `
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: e, namespace: a}
note: something happened
reason: Testing
type: Normal
reportingController: tester
regarding: {kind: Pod, name: web, namespace: a}
`)
	got, err := c.Get(ctx, gvr("", "v1", "events"), "a", "e")
	if err != nil {
		t.Fatal(err)
	}
	message, _, _ := unstructured.NestedString(got.Object, "message")
	about, _, _ := unstructured.NestedString(got.Object, "involvedObject", "name")
	if message != "something happened" || about != "web" || got.GetAPIVersion() != "v1" {
		t.Errorf("core event: %v", got.Object)
	}
}
