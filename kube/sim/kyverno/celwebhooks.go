package kyverno

import (
	"cmp"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"

	"podsec/engine/celpolicy/stored"
)

// celWebhooks are the webhooks that policies of policies.kyverno.io need, those that mutate or the others.
func (b webhookBuilder) celWebhooks(mutates bool) []stored.Webhook {
	var out []stored.Webhook
	for _, kind := range b.kinds {
		if kind.Mutates == mutates && len(b.cel) > 0 {
			selectors := stored.Selectors{Namespace: b.config.namespaceSelector, Object: b.config.objectSelector}
			out = append(out, stored.Webhooks(kind, b.cel, selectors)...)
		}
	}
	return out
}

func (b webhookBuilder) celValidating() []admissionregistrationv1.ValidatingWebhook {
	var out []admissionregistrationv1.ValidatingWebhook
	for _, w := range b.celWebhooks(false) {
		webhook := b.validating(w.Name, w.Path, w.FailurePolicy, w.Rules)
		webhook.SideEffects = ptr.To(admissionregistrationv1.SideEffectClassNoneOnDryRun)
		webhook.NamespaceSelector, webhook.ObjectSelector, webhook.MatchConditions = w.NamespaceSelector, w.ObjectSelector, w.MatchConditions
		webhook.MatchPolicy, webhook.TimeoutSeconds = cmp.Or(w.MatchPolicy, webhook.MatchPolicy), cmp.Or(w.TimeoutSeconds, webhook.TimeoutSeconds)
		out = append(out, webhook)
	}
	return out
}

// celMutating are called once: Kyverno leaves reinvocationPolicy to its default, whatever a policy says.
func (b webhookBuilder) celMutating() []admissionregistrationv1.MutatingWebhook {
	var out []admissionregistrationv1.MutatingWebhook
	for _, w := range b.celWebhooks(true) {
		webhook := b.mutating(w.Name, w.Path, w.FailurePolicy, w.Rules)
		webhook.ReinvocationPolicy = ptr.To(admissionregistrationv1.NeverReinvocationPolicy)
		webhook.NamespaceSelector, webhook.ObjectSelector, webhook.MatchConditions = w.NamespaceSelector, w.ObjectSelector, w.MatchConditions
		webhook.MatchPolicy, webhook.TimeoutSeconds = cmp.Or(w.MatchPolicy, webhook.MatchPolicy), cmp.Or(w.TimeoutSeconds, webhook.TimeoutSeconds)
		out = append(out, webhook)
	}
	return out
}
