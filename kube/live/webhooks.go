package live

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kyverno's own names for what it runs as and registers
// (https://kyverno.io/docs/installation/customization/).
const (
	kyvernoNamespace  = "kyverno"
	kyvernoAdmission  = "kyverno-admission-controller"
	kyvernoWebhooks   = "webhook.kyverno.io/managed-by=kyverno"
	kyvernoDeployment = "app.kubernetes.io/part-of=kyverno"
)

// RemoveWebhooks is the command that removes the webhooks of a Kyverno that is gone.
const RemoveWebhooks = "kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations -l " + kyvernoWebhooks

func webhookResources() []resource {
	gv := schema.GroupVersion{Group: "admissionregistration.k8s.io", Version: "v1"}
	return []resource{
		{gv.WithResource("mutatingwebhookconfigurations"), "MutatingWebhookConfiguration"},
		{gv.WithResource("validatingwebhookconfigurations"), "ValidatingWebhookConfiguration"},
	}
}

// addWebhooks adds the webhook configurations of Kyverno, which it registers itself, when Kyverno is the workshop's.
// They go with it, and stay behind when it is removed in a hurry: then everything that they are asked about is refused.
func (c *Cleaner) addWebhooks(ctx context.Context, items []Item) ([]Item, error) {
	ours, err := c.ownKyverno(ctx, items)
	if err != nil || !ours {
		return items, err
	}
	for _, r := range webhookResources() {
		list, err := c.objects.Resource(r.GroupVersionResource).List(ctx, metav1.ListOptions{LabelSelector: kyvernoWebhooks})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", r.Resource, err)
		}
		for i := range list.Items {
			if !slices.ContainsFunc(items, func(item Item) bool { return item.UID == list.Items[i].UID }) {
				items = append(items, itemOf(r, &list.Items[i], whyKyverno))
			}
		}
	}
	return items, nil
}

// ownKyverno reports whether the Kyverno of the cluster is the workshop's, or was: its admission controller is among the
// items, or the ledger has one and the cluster has none.
func (c *Cleaner) ownKyverno(ctx context.Context, items []Item) (bool, error) {
	if slices.ContainsFunc(items, isAdmission) {
		return true, nil
	}
	if c.ledger == nil || !slices.ContainsFunc(c.ledger.Entries(), func(e Entry) bool {
		return e.Resource == "deployments" && e.Name == kyvernoAdmission
	}) {
		return false, nil
	}
	deployments := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	list, err := c.objects.Resource(deployments).List(ctx, metav1.ListOptions{LabelSelector: kyvernoDeployment})
	if err != nil {
		return false, fmt.Errorf("look for Kyverno: %w", err)
	}
	return len(list.Items) == 0, nil
}

func isAdmission(i Item) bool { return i.Kind == "Deployment" && i.Name == kyvernoAdmission }
