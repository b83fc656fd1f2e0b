package sim

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
)

// Reset brings the cluster to a baseline and returns when it is ready. What was in the cluster is gone; watches see the
// difference.
func (c *Cluster) Reset(ctx context.Context, base Baseline) error {
	c.resetting.Lock()
	defer c.resetting.Unlock()
	objects, ok := c.snapshots[base]
	if !ok {
		var err error
		if objects, err = snapshot(base, time.Now(), c.endpoint.CA()); err != nil {
			return err
		}
	}
	if err := c.restore(ctx, objects, base); err != nil {
		return err
	}
	if !ok {
		c.snapshots[base] = c.server.Objects()
	}
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
