package sim

import (
	"context"
	"fmt"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/assets/cluster"
	"podsec/kube"
	"podsec/kube/helm"
)

// Reset brings the cluster to a baseline and returns when it is ready. What was in the cluster is gone; watches see the
// difference. The first time, a baseline is made as a user would make it; after that it is restored at once.
func (c *Cluster) Reset(ctx context.Context, base Baseline) error {
	c.resetting.Lock()
	defer c.resetting.Unlock()
	snapshot, ok := c.snapshots[base]
	if ok {
		return c.restore(ctx, snapshot, base)
	}
	objects, err := cluster.System()
	if err != nil {
		return fmt.Errorf("read system objects: %w", err)
	}
	var kyverno installation
	if base.Kyverno {
		if kyverno = c.installed(); kyverno.err != nil {
			return kyverno.err
		}
		objects = append(objects, kyverno.definitions...)
	}
	if err := c.restore(ctx, objects, Baseline{}); err != nil {
		return err
	}
	if err := c.build(ctx, base, kyverno); err != nil {
		return err
	}
	c.snapshots[base] = c.server.Objects()
	return nil
}

// restore makes objects the content of the cluster and starts everything in it anew.
func (c *Cluster) restore(ctx context.Context, objects []*unstructured.Unstructured, base Baseline) error {
	if in := c.inside.Swap(nil); in != nil {
		in.stop()
	}
	if err := c.server.Restore(ctx, objects); err != nil {
		return err
	}
	in := startInside(c.server, c.kinds, c.endpoint.CA(), c.options)
	c.inside.Store(in)
	if base.Kyverno {
		if err := in.kyverno.Ready(ctx); err != nil {
			return fmt.Errorf("wait for Kyverno: %w", err)
		}
	}
	return in.settle(ctx, c.server.Revision)
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
	definitions, others, record, err := helm.Installed(time.Now())
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

// seed applies manifest files.
func (c *Cluster) seed(ctx context.Context, files []string) error {
	for _, file := range files {
		manifest, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read seed: %w", err)
		}
		objects, err := kube.Decode(manifest)
		if err != nil {
			return fmt.Errorf("read seed %s: %w", file, err)
		}
		if err := c.apply(ctx, objects...); err != nil {
			return fmt.Errorf("seed %s: %w", file, err)
		}
	}
	return nil
}

func (c *Cluster) apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	applier, err := kube.NewApplier(c.Config())
	if err != nil {
		return err
	}
	return applier.Apply(ctx, objects...)
}
