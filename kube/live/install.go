package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"podsec/kube/helm"
)

// installPatience is how long Kyverno may take to answer: its images are pulled first.
const installPatience = 5 * time.Minute

// install installs Kyverno as the workshop does, and waits until it answers.
func (c *Cluster) install(ctx context.Context) error {
	var problem bytes.Buffer
	h := helm.Helm{
		Config: c.gate.Config(), ConfigHome: filepath.Join(c.private, "helm"), Now: time.Now, Stdout: io.Discard, Stderr: &problem,
	}
	for _, line := range []string{
		"repo add kyverno https://kyverno.github.io/kyverno/",
		"install kyverno --namespace kyverno kyverno/kyverno --create-namespace",
	} {
		if status := h.Run(ctx, strings.Fields(line)); status != 0 {
			return fmt.Errorf("install Kyverno: %s", strings.TrimSpace(problem.String()))
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, installPatience, errors.New("Kyverno's webhook did not answer: kubectl -n kyverno get pods says why"))
	defer cancel()
	return c.awaitKyverno(ctx)
}

// awaitKyverno waits until Kyverno decides on a policy: a dry run says so, and changes nothing.
func (c *Cluster) awaitKyverno(ctx context.Context) error {
	config := rest.CopyConfig(c.target.Config)
	config.WarningHandler = rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	policies := client.Resource(probeResource())
	for {
		found, err := c.Kyverno(ctx)
		if err == nil && found.Closed > 0 { // from here on a request about a policy needs Kyverno's answer
			if _, err = policies.Create(ctx, probe(), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for Kyverno: %w", errors.Join(context.Cause(ctx), err))
		case <-time.After(pause):
		}
	}
}

// probeResource is what the probe is one of.
func probeResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
}

// probe is a policy that applies to nothing.
func probe() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": map[string]any{"name": "podsec-probe"},
		"spec": map[string]any{"rules": []any{map[string]any{
			"name":     "probe",
			"match":    map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"ConfigMap"}, "names": []any{"podsec-probe"}}}}},
			"validate": map[string]any{"message": "probe", "pattern": map[string]any{"metadata": map[string]any{"name": "?*"}}},
		}}},
	}}
}
