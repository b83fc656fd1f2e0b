package controller

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestCrowd makes a ReplicaSet of many pods and deletes their namespace. The ReplicaSet hears of what happened to its
// pods for many of them at a time.
func TestCrowd(t *testing.T) {
	const pods = crowd + 50
	c := newClusterFor(t, plainly)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	changes, err := c.client.Watch(ctx, replicaSetGVR)
	if err != nil {
		t.Fatal(err)
	}
	c.crowd(pods)

	stored, err := c.client.Get(ctx, replicaSetGVR, "shop", "crowd")
	if err != nil {
		t.Fatal(err)
	}
	rs, err := decode[appsv1.ReplicaSet](stored)
	if err != nil {
		t.Fatal(err)
	}
	if rs.Status.Replicas != pods || rs.Status.ReadyReplicas != pods {
		t.Errorf("%d pods of which %d are ready, want %d", rs.Status.Replicas, rs.Status.ReadyReplicas, pods)
	}
	writes := 0
	for e := range changes {
		if writes++; e.Object.(metav1.Object).GetResourceVersion() == rs.ResourceVersion {
			break
		}
	}
	if writes > pods/5 {
		t.Errorf("the ReplicaSet was written %d times for %d pods", writes, pods)
	}

	if err := c.client.Delete(ctx, spacesGVR, "", "shop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.rest()
	if _, err := c.client.Get(ctx, spacesGVR, "", "shop"); !apierrors.IsNotFound(err) {
		t.Errorf("the namespace is still there: %v", err)
	}
	heads, err := c.client.Heads(ctx, podsGVR, "")
	if err != nil || len(heads) > 0 {
		t.Errorf("%d pods are left: %v", len(heads), err)
	}
}

// crowd makes a ReplicaSet of so many pods and waits until they run.
func (c *cluster) crowd(pods int) {
	labels := map[string]any{"app": "crowd"}
	c.put(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": map[string]any{"name": "crowd", "namespace": "shop"},
		"spec": map[string]any{
			"replicas": int64(pods), "selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "c", "image": "nginx"}}},
			},
		},
	}})
	c.rest()
}

// rest waits for the controllers as long as it takes.
func (c *cluster) rest() {
	if err := c.controllers.Idle(context.Background()); err != nil {
		c.t.Fatal(err)
	}
}
