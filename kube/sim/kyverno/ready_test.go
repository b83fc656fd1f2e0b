package kyverno

import (
	"context"
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

// lateClient delivers the events of one resource only when it may.
type lateClient struct {
	api.Client
	late schema.GroupVersionResource
	may  chan struct{}
}

func (c lateClient) Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error) {
	if gvr == c.late {
		select {
		case <-c.may:
		case <-ctx.Done():
		}
	}
	return c.Client.Watch(ctx, gvr)
}

// TestReadyWhenReached: webhooks that are registered are of no use before there is the Service that leads to Kyverno.
func TestReadyWhenReached(t *testing.T) {
	var others, leading []*unstructured.Unstructured
	for _, object := range installedKyverno(t) {
		if object.GetKind() == "Service" {
			leading = append(leading, object)
		} else {
			others = append(others, object)
		}
	}
	c := newClusterWith(t, func(*Options) {}, others...)
	c.eventually("the webhooks were registered", func() bool {
		_, err := c.client.Get(t.Context(), validatingConfigs, "", resourceValidatingConfig)
		return err == nil
	})
	c.settle()
	c.kyverno.mu.RLock()
	early := c.kyverno.isReady
	c.kyverno.mu.RUnlock()
	if early {
		t.Error("ready without the Service")
	}
	for _, service := range leading {
		if _, err := c.client.Create(t.Context(), services, service, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestReadyInAnyOrder: its own resource filters count whatever Kyverno is told of first, the Deployment or the ConfigMap.
func TestReadyInAnyOrder(t *testing.T) {
	for _, late := range []schema.GroupVersionResource{services, configMaps, deployments} {
		t.Run(late.Resource, func(t *testing.T) {
			may := make(chan struct{})
			c := newClusterWith(t, func(o *Options) { o.Client = lateClient{o.Client, late, may} }, installedKyverno(t)...)
			for _, gvr := range []schema.GroupVersionResource{services, configMaps, deployments} {
				if gvr != late {
					c.eventually(gvr.Resource+" were seen", func() bool { return len(c.kyverno.cluster.list(gvr)) > 0 })
					c.kyverno.cluster.abreast(t.Context(), gvr, "") // and told of
				}
			}
			<-c.kyverno.control.drained()
			close(may)
			if err := c.kyverno.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.mustApply(requireTeam) // goes through Kyverno's webhooks
			c.settle()
			c.mustApply(pod("p", "kyverno", "app: web"))
		})
	}
}

// TestIdleWaitsForRun: who has not looked yet cannot know that there is nothing to do.
func TestIdleWaitsForRun(t *testing.T) {
	server, err := apiserver.New(apiserver.Options{Kinds: kinds.All(), IDs: ident.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := New(Options{Client: server.Client(), Kinds: kinds.All()}).Idle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("before it runs, Idle is %v", err)
	}
}

// lateObject delivers the events of one object only when it may, and those of the resource that come after it.
type lateObject struct {
	api.Client
	name string
	may  chan struct{}
}

func (c lateObject) Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error) {
	events, err := c.Client.Watch(ctx, gvr)
	if err != nil {
		return nil, err
	}
	out := make(chan watch.Event)
	go func() {
		defer close(out)
		for event := range events {
			if event.Object.(metav1.Object).GetName() == c.name {
				select {
				case <-c.may:
				case <-ctx.Done():
				}
			}
			select {
			case out <- event:
			case <-ctx.Done():
			}
		}
	}()
	return out, nil
}

// TestReportsDefinedLater: what was scanned before Kyverno knew of reports gets one once it does.
func TestReportsDefinedLater(t *testing.T) {
	may := make(chan struct{})
	c := newClusterWith(t, func(o *Options) { o.Client = lateObject{o.Client, "policyreports.wgpolicyk8s.io", may} }, installedKyverno(t)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mustApply(pod("p", "team", "app: web"))
	c.mustApply(auditOwner)
	c.eventually("the pod was looked at", func() bool { return c.kyverno.scanned.get(podsResource, "team", "p") != nil })
	<-c.kyverno.work.drained()
	close(may)
	c.settle()
	if got := c.reportOn(podsResource, "team", "p"); got == "" {
		t.Error("it has no report")
	}
}
