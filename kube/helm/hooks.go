package helm

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// preDelete does what the chart's two pre-delete hooks do, which are Jobs that run Kyverno's readiness-checker:
// scale-deploy scales the controllers to zero, delete-webhooks removes Kyverno's webhook configurations.
//
// Of the webhook configurations, version 1.19.1 removes only the mutating ones: for each validating one it asks for
// the deletion of a ValidatingAdmissionPolicy of that name (cmd/readiness-checker/main.go, runDeleteWebhooks), and
// does not look at the answer. The validating ones are left to Kyverno, which removes both kinds itself when it is
// scaled to zero, unless it is killed before it can.
func (c *cluster) preDelete(ctx context.Context, namespace string) error {
	if err := c.scaleToZero(ctx, namespace); err != nil {
		return err
	}
	webhooks := c.typed.AdmissionregistrationV1().MutatingWebhookConfigurations()
	list, err := webhooks.List(ctx, metav1.ListOptions{LabelSelector: "webhook.kyverno.io/managed-by=kyverno"})
	if err != nil {
		return fmt.Errorf("list mutating webhook configurations: %w", err)
	}
	for _, webhook := range list.Items {
		// Kyverno takes them down itself at the same time, and may be first.
		if err := webhooks.Delete(ctx, webhook.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("delete a mutating webhook configuration: %w", err)
		}
	}
	return nil
}

func (c *cluster) scaleToZero(ctx context.Context, namespace string) error {
	client := c.typed.AppsV1().Deployments(namespace)
	list, err := client.List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=kyverno"})
	if err != nil {
		return fmt.Errorf("list deployments: %w", err)
	}
	for _, deployment := range list.Items {
		patch := []byte(`{"spec":{"replicas":0}}`)
		if _, err := client.Patch(ctx, deployment.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManagerHelm}); err != nil {
			return fmt.Errorf("scale a deployment to zero: %w", err)
		}
	}
	return nil
}
