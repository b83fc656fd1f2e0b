package kyverno

import (
	"context"
	"errors"
	"testing"

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

// TestReadyWhenReached: webhooks that are registered are of no use before Kyverno knows the Service that leads to it, and
// its own resource filters count whichever comes first, the Deployment or the ConfigMap.
func TestReadyWhenReached(t *testing.T) {
	for _, late := range []schema.GroupVersionResource{services, configMaps, deployments} {
		t.Run(late.Resource, func(t *testing.T) {
			may := make(chan struct{})
			c := newClusterWith(t, func(o *Options) { o.Client = lateClient{o.Client, late, may} }, installedKyverno(t)...)
			c.eventually("the others were seen", func() bool { return len(c.kyverno.cluster.list(services))+len(c.kyverno.cluster.list(configMaps)) > 0 })
			<-c.kyverno.control.drained()
			ctx, stop := context.WithCancel(t.Context())
			stop()
			if err := c.kyverno.Ready(ctx); late == services && err == nil {
				t.Error("ready without the Service")
			}
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
