package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/assets/cluster"
	"podsec/kube"
	"podsec/kube/helm"
	"podsec/kube/sim/kinds"
)

// built starts a cluster that has nothing but what belongs to the system, and makes a baseline there as a user would.
func built(t *testing.T, base Baseline) *Cluster {
	t.Helper()
	objects, err := cluster.System()
	if err != nil {
		t.Fatal(err)
	}
	kyverno := readInstallation()
	if kyverno.err != nil {
		t.Fatal(kyverno.err)
	}
	if base.Kyverno {
		objects = append(objects, kyverno.definitions...)
	}
	c := &Cluster{kinds: kinds.All(), snapshots: map[Baseline][]*unstructured.Unstructured{{}: objects}}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.start(context.Background(), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := c.build(context.Background(), base, kyverno); err != nil {
		t.Fatal(err)
	}
	return c
}

// build creates what a baseline has on a bare cluster. Kyverno's definitions are there already.
func (c *Cluster) build(ctx context.Context, base Baseline, kyverno installation) error {
	in := c.inside.Load()
	if base.Workloads {
		workloads, err := cluster.Workloads()
		if err != nil {
			return fmt.Errorf("read sample applications: %w", err)
		}
		if err := c.apply(ctx, workloads...); err != nil {
			return err
		}
	}
	if base.Kyverno {
		if err := c.create(ctx, kyverno.chart); err != nil {
			return fmt.Errorf("install Kyverno: %w", err)
		}
		if err := in.kyverno.Ready(ctx); err != nil {
			return fmt.Errorf("wait for Kyverno: %w", err)
		}
	}
	return in.settle(ctx, c.server.Revision)
}

// kyvernoNamespace is the namespace as Kyverno's own install manifest labels it.
const kyvernoNamespace = `
apiVersion: v1
kind: Namespace
metadata:
  name: kyverno
  labels:
    app.kubernetes.io/instance: kyverno
    app.kubernetes.io/part-of: kyverno
    app.kubernetes.io/version: latest
`

// installation is what `helm install kyverno` leaves in a cluster: the definitions, everything else in the order of
// creation, the release's record the last. To install it through the API as a learner does takes ten times as long, nearly
// all of it for definitions of a megabyte each.
type installation struct {
	definitions, chart []*unstructured.Unstructured
	err                error
}

func readInstallation() installation {
	chart, err := kube.Decode([]byte(kyvernoNamespace))
	if err != nil {
		return installation{err: err}
	}
	definitions, record, err := helm.Installed(time.Now())
	if err != nil {
		return installation{err: fmt.Errorf("read chart of Kyverno: %w", err)}
	}
	others, err := helm.Others()
	if err != nil {
		return installation{err: fmt.Errorf("read chart of Kyverno: %w", err)}
	}
	return installation{definitions: definitions, chart: append(append(chart, others...), record)}
}

// create creates objects of built-in kinds in order.
func (c *Cluster) create(ctx context.Context, objects []*unstructured.Unstructured) error {
	resources := map[schema.GroupVersionKind]schema.GroupVersionResource{}
	for _, kind := range c.kinds {
		resources[kind.GVK] = kind.GVR()
	}
	client := c.server.Client()
	for _, object := range objects {
		if _, err := client.Create(ctx, resources[object.GroupVersionKind()], object, metav1.CreateOptions{FieldManager: "helm"}); err != nil {
			return fmt.Errorf("create %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}
