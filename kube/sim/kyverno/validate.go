package kyverno

import (
	"context"
	"slices"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// validate answers the validating webhook. Policies that enforce anywhere decide first; when they let the request
// pass, those that only audit are evaluated, after the answer on a real cluster and here, so that nobody waits for them.
func (k *Kyverno) validate(ctx context.Context, r *review) api.Review {
	enforced := k.evaluate(ctx, r, k.policiesFor(r, engine.Validation, func(p *policy) bool { return r.only(p) && p.enforce }))
	if blocks(enforced) {
		message, _ := engine.Blocked(enforced)
		k.emit(admissionEvents(enforced, r.request.Resource(), true))
		return denial(message)
	}
	k.noteResults(r, r.request.Resource(), enforced)
	warnOnly := k.evaluate(ctx, r, k.policiesFor(r, engine.Validation, func(p *policy) bool {
		return r.only(p) && !p.enforce && p.EmitWarning()
	}))
	k.work.add("", func(ctx context.Context) { k.audit(ctx, r, slices.Concat(enforced, warnOnly)) })
	return api.Review{Allowed: true, Warnings: validationWarnings(slices.Concat(enforced, warnOnly))}
}

// audit evaluates the policies that only audit, whatever their failurePolicy, and tells of all results.
func (k *Kyverno) audit(ctx context.Context, r *review, done []engine.PolicyResult) {
	results := k.evaluate(ctx, r, k.policiesFor(r, engine.Validation, func(p *policy) bool { return !p.enforce }))
	k.admitted(ctx, r.Attributes, r.request.Resource(), k.notable(r, results))
	for _, result := range done {
		audited := func(have engine.PolicyResult) bool { return have.Policy == result.Policy }
		if !slices.ContainsFunc(results, audited) {
			results = append(results, result)
		}
	}
	k.emit(admissionEvents(results, r.request.Resource(), false))
}

// evaluate returns what the policies say, without rules that did not match.
func (k *Kyverno) evaluate(ctx context.Context, r *review, policies []*policy) []engine.PolicyResult {
	results := make([]engine.PolicyResult, len(policies))
	for i, p := range policies {
		results[i] = k.engine.Validate(ctx, p.Policy, &r.request)
	}
	return matched(results)
}

// blocks says whether the results deny the request: a rule that is enforced failed, or a rule errored while one of the
// policies has failurePolicy Fail (Kyverno's BlockRequest).
func blocks(results []engine.PolicyResult) bool {
	mayError := slices.ContainsFunc(results, func(r engine.PolicyResult) bool { return !r.Policy.FailurePolicyIgnore() })
	return slices.ContainsFunc(results, func(r engine.PolicyResult) bool {
		return mayError && hasStatusOf(r, engine.Error) || slices.ContainsFunc(r.Rules, func(rule engine.RuleResult) bool {
			return rule.Status == engine.Fail && rule.Action == engine.Enforce
		})
	})
}

// validationWarnings are those of failed rules whose policy asks for them.
func validationWarnings(results []engine.PolicyResult) []string {
	var warnings []string
	for _, result := range results {
		for _, rule := range result.Rules {
			if rule.EmitWarning {
				warnings = append(warnings, warning(result, rule))
			}
		}
	}
	return warnings
}
