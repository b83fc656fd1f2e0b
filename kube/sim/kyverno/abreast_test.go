package kyverno

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
)

// slowClient delivers the events of one resource a little late.
type slowClient struct {
	api.Client
	slow schema.GroupVersionResource
}

func (c slowClient) Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error) {
	events, err := c.Client.Watch(ctx, gvr)
	if gvr != c.slow || err != nil {
		return events, err
	}
	late := make(chan watch.Event)
	go func() {
		defer close(late)
		for event := range events {
			time.Sleep(20 * time.Millisecond)
			select {
			case late <- event:
			case <-ctx.Done():
			}
		}
	}()
	return late, nil
}

// TestLookupIsAbreast: whether requests reach Kyverno follows from what is stored when they come, however late Kyverno is
// told of it.
func TestLookupIsAbreast(t *testing.T) {
	c := newClusterWith(t, func(o *Options) { o.Client = slowClient{o.Client, deployments} }, installedKyverno(t)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, ready := range []int64{0, 1, 0, 1} {
		stored, err := c.client.Get(t.Context(), deployments, "kyverno", "kyverno-admission-controller")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.client.Update(t.Context(), deployments, withReplicas(stored, 1, ready), "status"); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.kyverno.Lookup("kyverno", "kyverno-svc"); ok != (ready > 0) {
			t.Errorf("with %d ready pods it is found: %t", ready, ok)
		}
	}
}

// TestLookupReadsTheService: a Service leads to Kyverno by the selector that is stored when the request comes.
func TestLookupReadsTheService(t *testing.T) {
	c := newClusterWith(t, func(o *Options) { o.Client = slowClient{o.Client, services} }, installedKyverno(t)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, leads := range []bool{false, true, false, true} {
		stored, err := c.client.Get(t.Context(), services, "kyverno", "kyverno-svc")
		if err != nil {
			t.Fatal(err)
		}
		changed := stored.DeepCopy()
		component := map[bool]string{false: "nobody", true: "admission-controller"}[leads]
		if err := unstructured.SetNestedField(changed.Object, component, "spec", "selector", "app.kubernetes.io/component"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.client.Update(t.Context(), services, changed, ""); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.kyverno.Lookup("kyverno", "kyverno-svc"); ok != leads {
			t.Errorf("with a selector for %s it is found: %t", component, ok)
		}
	}
}

// TestReviewIsAbreast: requests are judged by the policies that are stored when they come.
func TestReviewIsAbreast(t *testing.T) {
	c := newClusterWith(t, func(o *Options) { o.Client = slowClient{o.Client, clusterPolicies} }, installedKyverno(t)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.applyPolicies(requireTeam)
	for i, action := range []string{"Audit", "Enforce", "Audit", "Enforce"} {
		c.mustApply(strings.Replace(requireTeam, "Enforce", action, 1))
		if err := c.apply(pod(fmt.Sprintf("p-%d", i), "team", "app: web")); (err != nil) != (action == "Enforce") {
			t.Errorf("with the action %s: %v", action, err)
		}
	}
}
