package inspect

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kyvernoWebhooks is the name of the configuration in which Kyverno registers what it validates.
const kyvernoWebhooks = "kyverno-resource-validating-webhook-cfg"

var webhookConfigurations = schema.GroupVersionResource{
	Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations",
}

// webhookNamespaces returns whether Kyverno's webhooks are asked about a namespace with certain labels, by the selector
// that they are registered with; without a registration they are asked about all.
func (c *Cluster) webhookNamespaces(ctx context.Context) (func(map[string]string) bool, error) {
	everything := func(map[string]string) bool { return true }
	found, err := c.client.Resource(webhookConfigurations).Get(ctx, kyvernoWebhooks, metav1.GetOptions{})
	if notServed(err) {
		return everything, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Kyverno's webhooks: %w", err)
	}
	hooks, _, _ := unstructured.NestedSlice(found.Object, "webhooks")
	for _, raw := range hooks {
		hook, _ := raw.(map[string]any)
		written, ok := hook["namespaceSelector"].(map[string]any)
		if !ok {
			continue
		}
		var selector metav1.LabelSelector
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(written, &selector); err != nil {
			return nil, fmt.Errorf("read the namespaces of Kyverno's webhooks: %w", err)
		}
		compiled, err := metav1.LabelSelectorAsSelector(&selector)
		if err != nil {
			return nil, fmt.Errorf("read the namespaces of Kyverno's webhooks: %w", err)
		}
		return func(of map[string]string) bool { return compiled.Matches(labels.Set(of)) }, nil
	}
	return everything, nil
}
