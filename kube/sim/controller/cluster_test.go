package controller

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	kyaml "sigs.k8s.io/yaml"

	"podsec/kube/sim/api"
	"podsec/kube/sim/api/apitest"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

// cluster is an API server with the built-in kinds and running controllers, on a clock that only tests move.
type cluster struct {
	t           testing.TB
	client      api.Client
	controllers *Controllers
	clock       *clocktesting.FakeClock
	kinds       map[schema.GroupVersionKind]*api.Kind
}

func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newCluster(t testing.TB, admission ...api.Admission) *cluster {
	t.Helper()
	return newClusterFor(t, apitest.Checked, admission...)
}

// plainly is the way to the API server without checks, which cost more than what benchmarks measure.
func plainly(_ testing.TB, client api.Client) api.Client { return client }

func newClusterFor(t testing.TB, through func(testing.TB, api.Client) api.Client, admission ...api.Admission) *cluster {
	t.Helper()
	c := &cluster{t: t, clock: clocktesting.NewFakeClock(start()), kinds: map[schema.GroupVersionKind]*api.Kind{}}
	for _, k := range kinds.All() {
		c.kinds[k.GVK] = k
	}
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All(), Admission: admission, Clock: c.clock, IDs: ident.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	c.client = server.Client()
	c.controllers = New(Options{Client: through(t, c.client), Kinds: kinds.All(), Clock: c.clock, RootCA: "a certificate"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.controllers.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	c.apply(`
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {disk: ssd}}
---
apiVersion: v1
kind: Node
metadata: {name: node-2}
`)
	return c
}

func (c *cluster) resource(gvk schema.GroupVersionKind) resource {
	c.t.Helper()
	k, ok := c.kinds[gvk]
	if !ok {
		c.t.Fatalf("no kind %s", gvk)
	}
	return k.GVR()
}

// apply creates or replaces the documents, and waits until the controllers are done with them.
func (c *cluster) apply(docs string) {
	c.t.Helper()
	for _, doc := range strings.Split(docs, "\n---\n") {
		obj := &unstructured.Unstructured{}
		if err := kyaml.Unmarshal([]byte(doc), &obj.Object); err != nil {
			c.t.Fatal(err)
		}
		c.put(obj)
	}
	c.settle()
}

func (c *cluster) put(obj *unstructured.Unstructured) {
	c.t.Helper()
	gvr := c.resource(obj.GroupVersionKind())
	if c.kinds[obj.GroupVersionKind()].Namespaced && obj.GetNamespace() == "" {
		obj.SetNamespace("shop")
	}
	_, err := c.client.Get(context.Background(), gvr, obj.GetNamespace(), obj.GetName())
	if err == nil {
		_, err = c.client.Update(context.Background(), gvr, obj, "")
	} else {
		_, err = c.client.Create(context.Background(), gvr, obj, metav1.CreateOptions{})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// settle waits until the controllers have nothing left to do.
func (c *cluster) settle() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := c.controllers.Idle(ctx); err != nil {
		c.t.Fatalf("wait for the controllers: %v", err)
	}
}

// list returns the objects of a resource in shop, as typed objects.
func listed[T any](c *cluster, gvr resource) []*T {
	c.t.Helper()
	items, err := c.client.List(context.Background(), gvr, "shop", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []*T
	for _, u := range items {
		obj, err := decode[T](u)
		if err != nil {
			c.t.Fatal(err)
		}
		out = append(out, obj)
	}
	return out
}

func (c *cluster) delete(gvr resource, name string, policy metav1.DeletionPropagation) {
	c.t.Helper()
	namespace := "shop"
	if gvr == spacesGVR {
		namespace = ""
	}
	if err := c.client.Delete(context.Background(), gvr, namespace, name, metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		c.t.Fatal(err)
	}
	c.settle()
}

// table prints the default columns of what kubectl get prints for a resource in shop.
func (c *cluster) table(gvr resource) string {
	c.t.Helper()
	items, err := c.client.List(context.Background(), gvr, "shop", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	var lines []string
	for _, u := range items {
		k := c.kinds[u.GroupVersionKind()]
		obj := k.New()
		if err := fromUnstructured(u, obj); err != nil {
			c.t.Fatal(err)
		}
		var cells []string
		for i, cell := range k.Table.Row(obj, c.clock.Now()) {
			if k.Table.Columns[i].Priority == 0 {
				cells = append(cells, text(cell))
			}
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return strings.Join(lines, "\n")
}

// events returns what kubectl get events would say, in the order in which it happened.
func (c *cluster) events() []string {
	c.t.Helper()
	items, err := c.client.List(context.Background(), eventsGVR, "shop", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	byTime(items)
	for _, u := range items {
		field := func(path ...string) string {
			s, _, _ := unstructured.NestedString(u.Object, path...)
			return s
		}
		out = append(out, strings.Join([]string{
			field("type"), field("reason"), strings.ToLower(field("involvedObject", "kind")) + "/" + field("involvedObject", "name"), field("message"),
		}, " "))
	}
	return out
}

// step moves the clock and waits until the controllers have done what was due.
func (c *cluster) step(d time.Duration) {
	c.t.Helper()
	c.clock.Step(d)
	c.settle()
}
