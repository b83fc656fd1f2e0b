package kyverno

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// The paths of the webhooks that do not depend on policies.
const (
	policyValidatePath      = "/policyvalidate"
	policyMutatePath        = "/policymutate"
	verifyMutatePath        = "/verifymutate"
	exceptionPath           = "/exceptionvalidate"
	celExceptionPath        = "/celexception/validate"
	globalContextPath       = "/globalcontextvalidate"
	cleanupPath             = "/validate"
	ttlPath                 = "/verifyttl"
	policyValidatingWebhook = "validate-policy.kyverno.svc"
	policyMutatingWebhook   = "mutate-policy.kyverno.svc"
	verifyMutatingWebhook   = "monitor-webhooks.kyverno.svc"
	ttlLabel                = "cleanup.kyverno.io/ttl"
	policyValidatingConfig  = "kyverno-policy-validating-webhook-cfg"
	policyMutatingConfig    = "kyverno-policy-mutating-webhook-cfg"
	verifyMutatingConfig    = "kyverno-verify-mutating-webhook-cfg"
	exceptionConfig         = "kyverno-exception-validating-webhook-cfg"
	celExceptionConfig      = "kyverno-cel-exception-validating-webhook-cfg"
	globalContextConfig     = "kyverno-global-context-validating-webhook-cfg"
	cleanupConfig           = "kyverno-cleanup-validating-webhook-cfg"
	ttlConfig               = "kyverno-ttl-validating-webhook-cfg"
	policiesGroup           = "policies.kyverno.io"
	kyvernoGroup            = "kyverno.io"
)

// writeRule is a webhook rule for creating and changing resources of a group.
func writeRule(group string, versions []string, resources ...string) admissionregistrationv1.RuleWithOperations {
	return ruleOf(mutateOperations, group, versions, resources...)
}

func ruleOf(operations []operation, group string, versions []string, resources ...string) admissionregistrationv1.RuleWithOperations {
	return admissionregistrationv1.RuleWithOperations{
		Operations: operations,
		Rule: admissionregistrationv1.Rule{
			APIGroups: []string{group}, APIVersions: versions, Resources: resources, Scope: ptr.To(admissionregistrationv1.AllScopes),
		},
	}
}

// policyRules are the kinds of policies that the admission controller checks when they are written.
func policyRules() []admissionregistrationv1.RuleWithOperations {
	served, namespaced := []string{"v1alpha1", "v1beta1", "v1"}, []string{"v1beta1", "v1"}
	return []admissionregistrationv1.RuleWithOperations{
		classicPolicyRule(),
		writeRule(policiesGroup, served, "validatingpolicies"),
		writeRule(policiesGroup, namespaced, "namespacedvalidatingpolicies"),
		writeRule(policiesGroup, served, "imagevalidatingpolicies"),
		writeRule(policiesGroup, namespaced, "namespacedimagevalidatingpolicies"),
		writeRule(policiesGroup, served, "generatingpolicies"),
		writeRule(policiesGroup, namespaced, "namespacedgeneratingpolicies"),
		writeRule(policiesGroup, served, "mutatingpolicies"),
		writeRule(policiesGroup, namespaced, "namespacedmutatingpolicies"),
		writeRule(policiesGroup, served, "deletingpolicies"),
	}
}

func classicPolicyRule() admissionregistrationv1.RuleWithOperations {
	return writeRule(kyvernoGroup, []string{"v1", "v2beta1"}, "clusterpolicies", "policies")
}

// admissionStatic are the admission controller's configurations that stay the same whatever policies there are.
func (b webhookBuilder) admissionStatic() []any {
	service := b.controller.service + "." + b.controller.namespace + ".svc"
	fail := admissionregistrationv1.Fail
	verify := b.mutating(verifyMutatingWebhook, verifyMutatePath, admissionregistrationv1.Ignore,
		[]admissionregistrationv1.RuleWithOperations{ruleOf([]operation{admissionregistrationv1.Update}, "coordination.k8s.io", []string{"v1"}, "leases")})
	verify.ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "kyverno"}}
	classic := []admissionregistrationv1.RuleWithOperations{classicPolicyRule()}
	return []any{
		b.oneValidating(policyValidatingConfig, b.validating(policyValidatingWebhook, policyValidatePath, fail, policyRules())),
		b.oneMutating(policyMutatingConfig, b.mutating(policyMutatingWebhook, policyMutatePath, fail, classic)),
		b.oneMutating(verifyMutatingConfig, verify),
		b.generic(exceptionConfig, service, exceptionPath, writeRule(kyvernoGroup, []string{"v2alpha1", "v2beta1"}, "policyexceptions")),
		b.generic(celExceptionConfig, service, celExceptionPath, writeRule(policiesGroup, []string{"v1alpha1", "v1beta1", "v1"}, "policyexceptions")),
		b.generic(globalContextConfig, service, globalContextPath, writeRule(kyvernoGroup, []string{"v2alpha1"}, "globalcontextentries")),
	}
}

// cleanupStatic are the cleanup controller's configurations.
func (b webhookBuilder) cleanupStatic() []any {
	service := b.controller.service + "." + b.controller.namespace + ".svc"
	ttl := b.validating(service, ttlPath, admissionregistrationv1.Ignore,
		[]admissionregistrationv1.RuleWithOperations{writeRule("*", []string{"*"}, "*")})
	ttl.ObjectSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: ttlLabel, Operator: metav1.LabelSelectorOpExists}}}
	ttl.MatchConditions = b.config.matchConditions
	return []any{
		b.generic(cleanupConfig, service, cleanupPath, writeRule(kyvernoGroup, []string{"v2beta1"}, "cleanuppolicies/*", "clustercleanuppolicies/*")),
		b.oneValidating(ttlConfig, ttl),
	}
}

// generic is a configuration as Kyverno's generic webhook controller makes it: one webhook, named by its service.
func (b webhookBuilder) generic(name, webhook, path string, rule admissionregistrationv1.RuleWithOperations) *admissionregistrationv1.ValidatingWebhookConfiguration {
	w := b.validating(webhook, path, admissionregistrationv1.Fail, []admissionregistrationv1.RuleWithOperations{rule})
	w.MatchConditions = b.config.matchConditions
	out := b.oneValidating(name, w)
	out.OwnerReferences = nil
	return out
}

func (b webhookBuilder) oneValidating(name string, webhook admissionregistrationv1.ValidatingWebhook) *admissionregistrationv1.ValidatingWebhookConfiguration {
	return &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: b.meta(name), Webhooks: []admissionregistrationv1.ValidatingWebhook{webhook},
	}
}

func (b webhookBuilder) oneMutating(name string, webhook admissionregistrationv1.MutatingWebhook) *admissionregistrationv1.MutatingWebhookConfiguration {
	return &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: b.meta(name), Webhooks: []admissionregistrationv1.MutatingWebhook{webhook},
	}
}
