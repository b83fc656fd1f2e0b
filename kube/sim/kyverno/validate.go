package kyverno

import (
	"context"
	"slices"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// validate answers the validating webhook. Rules that enforce decide; a blocked request leaves nothing but events. When
// they let the request pass, what only audits is told too, including the audit rules of the policies behind the other
// webhook: Kyverno looks at those in every call.
func (k *Kyverno) validate(ctx context.Context, r *review) api.Review {
	results := k.evaluate(ctx, r, k.policiesFor(r, "", func(p *policy) bool { return judges(p) && r.only(p) }))
	if message, blocked := engine.Blocked(results); blocked {
		k.emit(admissionEvents(rulesOf(results, func(rule engine.RuleResult) bool { return rule.Enforced }), r.request.Resource(), true))
		return denial(message)
	}
	k.tell(ctx, func(ctx context.Context) { k.audit(ctx, r, results) })
	k.triggers(r)
	return api.Review{Allowed: true, Warnings: engine.Warnings(results)}
}

// judges says whether the policy has something to say in the validating webhook: validate rules, or verifyImages rules,
// which want to see that images were verified.
func judges(p *policy) bool { return p.Has(engine.Validation) || p.Has(engine.ImageVerify) }

// audit tells of an admitted request's results, in reports and events.
func (k *Kyverno) audit(ctx context.Context, r *review, results []engine.PolicyResult) {
	others := k.evaluate(ctx, r, k.policiesFor(r, engine.Validation, func(p *policy) bool { return !r.only(p) }))
	audited := rulesOf(others, func(rule engine.RuleResult) bool { return !rule.Enforced })
	results = slices.Concat(matched(results), audited)
	k.admitted(ctx, r.Attributes, r.request.Resource(), k.notable(r, results))
	k.emit(admissionEvents(results, r.request.Resource(), false))
}

// evaluate returns what the policies say of a request.
func (k *Kyverno) evaluate(ctx context.Context, r *review, policies []*policy) []engine.PolicyResult {
	results := make([]engine.PolicyResult, len(policies))
	for i, p := range policies {
		results[i] = k.engine.Validate(ctx, p.Policy, &r.request)
	}
	return results
}

// rulesOf reduces results to the rules that matched and that the filter keeps, and drops policies without any.
func rulesOf(results []engine.PolicyResult, keep func(engine.RuleResult) bool) []engine.PolicyResult {
	var out []engine.PolicyResult
	for _, result := range results {
		result.Rules = slices.DeleteFunc(slices.Clone(result.Rules), func(rule engine.RuleResult) bool { return !rule.Matched || !keep(rule) })
		if len(result.Rules) > 0 {
			out = append(out, result)
		}
	}
	return out
}

// matched reduces results to the rules that matched.
func matched(results []engine.PolicyResult) []engine.PolicyResult {
	return rulesOf(results, func(engine.RuleResult) bool { return true })
}
