package sim

import (
	"context"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"

	"podsec/kube/sim/admission/policies"
	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/controller"
	"podsec/kube/sim/kyverno"
)

// inside is what runs in the cluster and remembers what it saw: the controllers and Kyverno. A reset stops it and
// starts another one, so that nothing is remembered of the cluster before.
type inside struct {
	controllers *controller.Controllers
	kyverno     *kyverno.Kyverno
	cancel      context.CancelFunc
	running     sync.WaitGroup
}

// startInside starts the controllers and Kyverno on the API server. Kyverno reaches the rest of the world
// as the options say.
func startInside(server *apiserver.Server, kinds []*api.Kind, ca []byte, o Options) *inside {
	ctx, cancel := context.WithCancel(context.Background())
	client := server.Client()
	in := &inside{
		controllers: controller.New(controller.Options{
			Client: client, Kinds: kinds, RootCA: string(ca), Yield: server.Yield,
			PolicyTypes: func(policy *admissionv1.ValidatingAdmissionPolicy) []admissionv1.ExpressionWarning {
				return policies.TypeWarnings(server.Catalog(), policy)
			},
		}),
		kyverno: kyverno.New(kyverno.Options{Client: client, Kinds: kinds, Schemas: server.Catalog(), Network: o.Network, KMS: o.KMS, Yield: server.Yield}),
		cancel:  cancel,
	}
	in.running.Go(func() { in.controllers.Run(ctx) })
	in.running.Go(func() { in.kyverno.Run(ctx) })
	return in
}

// stop ends what runs and waits for it.
func (in *inside) stop() {
	in.cancel()
	in.running.Wait()
}

// settle returns when the cluster has nothing left to do: all controllers are idle and no write came in between.
func (in *inside) settle(ctx context.Context, revision func() uint64) error {
	for {
		before := revision()
		if err := in.controllers.Idle(ctx); err != nil {
			return err
		}
		if err := in.kyverno.Idle(ctx); err != nil {
			return err
		}
		if revision() == before {
			return nil
		}
	}
}

// Lookup implements api.Services for the whole life of a cluster, across resets.
func (c *Cluster) Lookup(namespace, name string) (api.Service, bool) {
	in := c.inside.Load()
	if in == nil {
		return nil, false
	}
	return in.kyverno.Lookup(namespace, name)
}
