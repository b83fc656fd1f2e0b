package kyverno

import (
	"cmp"
	"maps"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsec/engine/celpolicy/stored"
)

// webhookBuilder makes the webhook configurations of one controller. Every field that the API server would fill in is
// set, so that a stored configuration can be compared with a fresh one.
type webhookBuilder struct {
	config     *config
	controller installed
	owner      []metav1.OwnerReference
	kinds      []*stored.Kind   // of policies of policies.kyverno.io
	cel        []*stored.Policy // those that exist
}

func (b webhookBuilder) meta(name string) metav1.ObjectMeta {
	labels := map[string]string{}
	maps.Copy(labels, b.config.labels)
	labels[managedByLabel] = "kyverno"
	return metav1.ObjectMeta{Name: name, Labels: labels, Annotations: b.config.annotations, OwnerReferences: b.owner}
}

func (b webhookBuilder) client(path string) admissionregistrationv1.WebhookClientConfig {
	return admissionregistrationv1.WebhookClientConfig{Service: &admissionregistrationv1.ServiceReference{
		Namespace: b.controller.namespace, Name: b.controller.service, Path: &path, Port: ptr.To(servicePort),
	}}
}

// resourceValidating is the configuration that policies with validate and generate rules need.
func (b webhookBuilder) resourceValidating(policies []*policy, d *discovery) *admissionregistrationv1.ValidatingWebhookConfiguration {
	out := &admissionregistrationv1.ValidatingWebhookConfiguration{ObjectMeta: b.meta(resourceValidatingConfig)}
	for _, w := range resourceWebhooks(policies, d, b.config, true) {
		out.Webhooks = append(out.Webhooks, admissionregistrationv1.ValidatingWebhook{
			Name:                    w.name(validatingWebhook),
			ClientConfig:            b.client(w.path(validatePath)),
			Rules:                   w.rules.build(),
			FailurePolicy:           &w.failurePolicy,
			MatchPolicy:             ptr.To(admissionregistrationv1.Equivalent),
			NamespaceSelector:       selectorOr(b.config.namespaceSelector),
			ObjectSelector:          selectorOr(b.config.objectSelector),
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNoneOnDryRun),
			TimeoutSeconds:          ptr.To(w.timeout),
			AdmissionReviewVersions: []string{"v1"},
			MatchConditions:         w.matchConditions,
		})
	}
	out.Webhooks = append(out.Webhooks, b.celValidating()...)
	slices.SortFunc(out.Webhooks, func(a, b admissionregistrationv1.ValidatingWebhook) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// resourceMutating is the configuration that policies with mutate and verifyImages rules need.
func (b webhookBuilder) resourceMutating(policies []*policy, d *discovery) *admissionregistrationv1.MutatingWebhookConfiguration {
	out := &admissionregistrationv1.MutatingWebhookConfiguration{ObjectMeta: b.meta(resourceMutatingConfig)}
	for _, w := range resourceWebhooks(policies, d, b.config, false) {
		webhook := b.mutating(w.name(mutatingWebhook), w.path(mutatePath), w.failurePolicy, w.rules.build())
		webhook.NamespaceSelector = selectorOr(b.config.namespaceSelector)
		webhook.ObjectSelector = selectorOr(b.config.objectSelector)
		webhook.TimeoutSeconds = ptr.To(w.timeout)
		webhook.MatchConditions = w.matchConditions
		out.Webhooks = append(out.Webhooks, webhook)
	}
	out.Webhooks = append(out.Webhooks, b.celMutating()...)
	slices.SortFunc(out.Webhooks, func(a, b admissionregistrationv1.MutatingWebhook) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// mutating is a mutating webhook for everything that its rules match.
func (b webhookBuilder) mutating(name, path string, failure admissionregistrationv1.FailurePolicyType, rules []admissionregistrationv1.RuleWithOperations) admissionregistrationv1.MutatingWebhook {
	return admissionregistrationv1.MutatingWebhook{
		Name:                    name,
		ClientConfig:            b.client(path),
		Rules:                   rules,
		FailurePolicy:           &failure,
		MatchPolicy:             ptr.To(admissionregistrationv1.Equivalent),
		NamespaceSelector:       &metav1.LabelSelector{},
		ObjectSelector:          &metav1.LabelSelector{},
		SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNoneOnDryRun),
		TimeoutSeconds:          ptr.To(defaultTimeout),
		AdmissionReviewVersions: []string{"v1"},
		ReinvocationPolicy:      ptr.To(admissionregistrationv1.IfNeededReinvocationPolicy),
	}
}

// validating is a validating webhook for everything that its rules match.
func (b webhookBuilder) validating(name, path string, failure admissionregistrationv1.FailurePolicyType, rules []admissionregistrationv1.RuleWithOperations) admissionregistrationv1.ValidatingWebhook {
	return admissionregistrationv1.ValidatingWebhook{
		Name:                    name,
		ClientConfig:            b.client(path),
		Rules:                   rules,
		FailurePolicy:           &failure,
		MatchPolicy:             ptr.To(admissionregistrationv1.Equivalent),
		NamespaceSelector:       &metav1.LabelSelector{},
		ObjectSelector:          &metav1.LabelSelector{},
		SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
		TimeoutSeconds:          ptr.To(defaultTimeout),
		AdmissionReviewVersions: []string{"v1"},
	}
}
