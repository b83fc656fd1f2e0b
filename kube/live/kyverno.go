package live

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Kyverno is what there is of Kyverno on a cluster.
type Kyverno struct {
	Namespace string // of its admission controller, "" when there is none
	Version   string // "v1.19.1", from the image
	Ready     bool   // the admission controller has a ready pod
	Ours      bool   // the workshop installed it
	Webhooks  int    // webhooks that are registered
	Closed    int    // of them, those that refuse requests when Kyverno does not answer (failurePolicy Fail)
}

// Installed reports whether there is a Kyverno.
func (k Kyverno) Installed() bool { return k.Namespace != "" }

// Orphaned reports whether webhooks are left of a Kyverno that is gone.
func (k Kyverno) Orphaned() bool { return !k.Installed() && k.Webhooks > 0 }

// FindKyverno looks for Kyverno in all namespaces.
func FindKyverno(ctx context.Context, client kubernetes.Interface) (Kyverno, error) {
	var k Kyverno
	list, err := client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{
		LabelSelector: kyvernoDeployment + ",app.kubernetes.io/component=admission-controller",
	})
	if err != nil {
		return k, fmt.Errorf("look for Kyverno: %w", err)
	}
	if len(list.Items) > 0 {
		k.read(&list.Items[0])
	}
	return k, k.count(ctx, client)
}

func (k *Kyverno) read(d *appsv1.Deployment) {
	k.Namespace, k.Ready, k.Ours = d.Namespace, d.Status.ReadyReplicas > 0, marked(d.Labels)
	for _, container := range d.Spec.Template.Spec.Containers {
		if _, tag, ok := strings.Cut(container.Image[strings.LastIndexByte(container.Image, '/')+1:], ":"); ok {
			k.Version, _, _ = strings.Cut(tag, "@")
			return
		}
	}
}

// count counts the webhooks that Kyverno registered.
func (k *Kyverno) count(ctx context.Context, client kubernetes.Interface) error {
	options := metav1.ListOptions{LabelSelector: kyvernoWebhooks}
	mutating, err := client.AdmissionregistrationV1().MutatingWebhookConfigurations().List(ctx, options)
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	validating, err := client.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(ctx, options)
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	note := func(closed bool) {
		k.Webhooks++
		if closed {
			k.Closed++
		}
	}
	for _, c := range mutating.Items {
		for _, w := range c.Webhooks {
			note(w.FailurePolicy == nil || *w.FailurePolicy == "Fail")
		}
	}
	for _, c := range validating.Items {
		for _, w := range c.Webhooks {
			note(w.FailurePolicy == nil || *w.FailurePolicy == "Fail")
		}
	}
	return nil
}
