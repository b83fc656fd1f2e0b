package kyverno

import (
	"cmp"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The names and paths of the webhooks that policies make (Kyverno's pkg/config).
const (
	resourceValidatingConfig = "kyverno-resource-validating-webhook-cfg"
	resourceMutatingConfig   = "kyverno-resource-mutating-webhook-cfg"

	validatingWebhook = "validate.kyverno.svc"
	mutatingWebhook   = "mutate.kyverno.svc"
	validatePath      = "/validate"
	mutatePath        = "/mutate"
	fineGrainedPath   = "/finegrained"

	managedByLabel = "webhook.kyverno.io/managed-by"

	defaultTimeout = int32(10)
	maxTimeout     = int32(30)
	servicePort    = int32(443)
)

// resourceWebhook is one webhook of the resource configurations: the shared one of a failurePolicy, or that of a single
// policy that has match conditions of its own.
type resourceWebhook struct {
	failurePolicy   admissionregistrationv1.FailurePolicyType
	policy          *policy // of a fine-grained webhook, else nil
	timeout         int32
	rules           webhookRules
	matchConditions []admissionregistrationv1.MatchCondition
}

// name adds to the webhook's base name what tells it from the others.
func (w resourceWebhook) name(base string) string {
	name := base + "-" + w.suffix()
	if w.policy != nil {
		name += "-finegrained-" + joinKey(w.policy, "-")
	}
	return name
}

func (w resourceWebhook) path(base string) string {
	path := base + "/" + w.suffix()
	if w.policy != nil {
		path += fineGrainedPath + "/" + joinKey(w.policy, "/")
	}
	return path
}

func (w resourceWebhook) suffix() string {
	if w.failurePolicy == admissionregistrationv1.Ignore {
		return "ignore"
	}
	return "fail"
}

func joinKey(p *policy, separator string) string {
	if p.Namespace() == "" {
		return p.Name()
	}
	return p.Namespace() + separator + p.Name()
}

// resourceWebhooks makes the webhooks that the policies need, for validation or for mutation; those without rules are
// left out. It mirrors buildForPoliciesValidation and buildForPoliciesMutation.
func resourceWebhooks(policies []*policy, d *discovery, c *config, validate bool) []resourceWebhook {
	shared := map[bool]*resourceWebhook{}
	for _, ignore := range []bool{true, false} {
		shared[ignore] = &resourceWebhook{failurePolicy: failurePolicy(ignore), timeout: defaultTimeout, rules: webhookRules{}, matchConditions: c.matchConditions}
	}
	webhooks := []*resourceWebhook{shared[true], shared[false]}
	for _, p := range policies {
		if !p.Admission() || !needsWebhook(p, validate) {
			continue
		}
		target := shared[p.ignores()]
		if conditions := ownMatchConditions(p); len(conditions) > 0 {
			target = &resourceWebhook{failurePolicy: failurePolicy(p.ignores()), policy: p, timeout: defaultTimeout, rules: webhookRules{}, matchConditions: conditions}
			webhooks = append(webhooks, target)
		}
		target.merge(p, d, validate)
	}
	var used []resourceWebhook
	for _, w := range webhooks {
		if len(w.rules) > 0 {
			used = append(used, *w)
		}
	}
	return used
}

// needsWebhook says whether the policy has a rule for the validating or the mutating webhook.
func needsWebhook(p *policy, validate bool) bool {
	return slices.ContainsFunc(p.rules, func(rule map[string]any) bool {
		does := doings(rule)
		if validate {
			return does.validate || does.generate || does.mutateExisting || does.verifyImageChecks
		}
		return does.mutate || does.verifyImages
	})
}

func failurePolicy(ignore bool) admissionregistrationv1.FailurePolicyType {
	if ignore {
		return admissionregistrationv1.Ignore
	}
	return admissionregistrationv1.Fail
}

// ownMatchConditions returns spec.webhookConfiguration.matchConditions.
func ownMatchConditions(p *policy) []admissionregistrationv1.MatchCondition {
	var conditions []admissionregistrationv1.MatchCondition
	for _, c := range objects(nested(p.Object().Object, "spec", "webhookConfiguration"), "matchConditions") {
		conditions = append(conditions, admissionregistrationv1.MatchCondition{Name: text(c, "name"), Expression: text(c, "expression")})
	}
	return conditions
}

// merge adds what a policy needs to see.
func (w *resourceWebhook) merge(p *policy, d *discovery, validate bool) {
	kinds := kindOperations{}
	for _, rule := range p.rules {
		kinds.collectFor(rule, validate)
	}
	for kind, operations := range kinds {
		w.rules.addKind(d, parseKind(kind), p.Namespace() != "", operations)
	}
	if timeout := webhookTimeout(p); timeout > w.timeout {
		w.timeout = min(timeout, maxTimeout)
	}
}

// collectFor adds the kinds that a rule needs in the validating or the mutating webhook. Generate rules are triggered
// by the validating one, and both must see what they made.
func (k kindOperations) collectFor(rule map[string]any, validate bool) {
	switch does := doings(rule); {
	case does.generate:
		k.collect(rule, allOperations)
		for _, block := range generateBlocks(rule) {
			k.collectGenerated(block)
		}
	case validate && (does.validate || does.mutateExisting || does.verifyImageChecks):
		k.collect(rule, allOperations)
	case !validate && (does.mutate || does.verifyImages):
		k.collect(rule, mutateOperations)
	}
}

// collectGenerated adds the kinds that a generate block makes.
func (k kindOperations) collectGenerated(generate map[string]any) {
	if kind := text(generate, "kind"); kind != "" {
		k.add(kind, ownedOperations...)
		return
	}
	for _, kind := range texts(nested(generate, "cloneList"), "kinds") {
		k.add(kind, ownedOperations...)
	}
}

// ruleDoings says what a rule does.
type ruleDoings struct {
	validate, mutate, mutateExisting, generate, verifyImages, verifyImageChecks bool
}

func doings(rule map[string]any) ruleDoings {
	mutate := nested(rule, "mutate")
	existing := len(list(mutate, "targets")) > 0
	images := objects(rule, "verifyImages")
	return ruleDoings{
		validate:       len(nested(rule, "validate")) > 0,
		mutate:         len(mutate) > 0 && !existing,
		mutateExisting: existing,
		generate:       len(nested(rule, "generate")) > 0,
		verifyImages:   len(images) > 0,
		verifyImageChecks: slices.ContainsFunc(images, func(image map[string]any) bool {
			return image["verifyDigest"] != false || image["required"] != false
		}),
	}
}

// webhookTimeout returns the policy's timeout, or 0.
func webhookTimeout(p *policy) int32 {
	spec := nested(p.Object().Object, "spec")
	own, _ := nested(spec, "webhookConfiguration")["timeoutSeconds"].(int64)
	old, _ := spec["webhookTimeoutSeconds"].(int64)
	return int32(cmp.Or(own, old)) // the CRD allows 1 to 30
}

// selectorOr returns the selector, or the empty one that the API server would fill in.
func selectorOr(selector *metav1.LabelSelector) *metav1.LabelSelector {
	if selector == nil {
		return &metav1.LabelSelector{}
	}
	return selector
}
