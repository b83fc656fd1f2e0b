package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
	system, err := cluster.System()
	if err != nil {
		return fmt.Errorf("read system objects: %w", err)
	}
	if err := c.restore(ctx, system, Baseline{}); err != nil {
		return err
	}
	if err := c.build(ctx, base); err != nil {
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
	in := startInside(c.server.Client(), c.kinds, c.endpoint.ca, c.options)
	c.inside.Store(in)
	if base.Kyverno {
		if err := in.kyverno.Ready(ctx); err != nil {
			return fmt.Errorf("wait for Kyverno: %w", err)
		}
	}
	return in.settle(ctx, c.server.Revision)
}

// build installs what a baseline has on a bare cluster.
func (c *Cluster) build(ctx context.Context, base Baseline) error {
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
		if err := c.installKyverno(ctx); err != nil {
			return err
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

// installKyverno installs the chart with the commands that the learner uses in the lab.
func (c *Cluster) installKyverno(ctx context.Context) error {
	namespace, err := kube.Decode([]byte(kyvernoNamespace))
	if err != nil {
		return err
	}
	if err := c.apply(ctx, namespace...); err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "podsec-helm-")
	if err != nil {
		return fmt.Errorf("make folder for helm: %w", err)
	}
	defer os.RemoveAll(home)
	var complaint bytes.Buffer
	command := helm.Helm{Config: c.Config(), ConfigHome: home, Now: time.Now, Stdout: io.Discard, Stderr: &complaint}
	for _, line := range []string{
		"repo add kyverno https://kyverno.github.io/kyverno/",
		"install kyverno kyverno/kyverno --namespace kyverno",
	} {
		if status := command.Run(ctx, strings.Fields(line)); status != 0 {
			return fmt.Errorf("install Kyverno: %s", strings.TrimSpace(complaint.String()))
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
