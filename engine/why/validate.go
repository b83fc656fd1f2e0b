package why

import (
	"context"
	"slices"

	"podsec/engine"
)

// validate explains the validate rules of all policies, and whether they deny the request. Policies whose failurePolicy
// is Ignore are behind a webhook of their own, which answers apart.
func (p *pass) validate(ctx context.Context) {
	x := p.explainer
	answers := map[string][]engine.PolicyResult{}
	var all []engine.PolicyResult
	for _, policies := range [][]*engine.Policy{x.policies, x.idle} {
		for _, policy := range policies {
			result := p.decidable(x.engine.Validate(ctx, policy, p.request))
			p.explanation.Validate = append(p.explanation.Validate, p.explain(policy, result)...)
			if policy.Admission() {
				name := webhook("validate", policy)
				answers[name] = append(answers[name], result)
				all = append(all, result)
			}
		}
	}
	if p.explanation.Filter != "" {
		return
	}
	for _, name := range []string{"validate.kyverno.svc-fail", "validate.kyverno.svc-ignore"} {
		if message, blocked := engine.Blocked(answers[name]); blocked {
			p.deny(name, denial(name, message))
		}
	}
	if p.explanation.Verdict.Admitted {
		p.explanation.Verdict.Warnings = append(p.explanation.Verdict.Warnings, engine.Warnings(all)...)
	}
}

// decidable leaves out the rules that judge what verification noted, when nothing was verified.
func (p *pass) decidable(result engine.PolicyResult) engine.PolicyResult {
	if !p.explainer.verifies {
		result.Rules = slices.DeleteFunc(result.Rules, func(r engine.RuleResult) bool { return r.Type == engine.ImageVerify })
	}
	return result
}

// explain explains the rules of one policy.
func (p *pass) explain(policy *engine.Policy, result engine.PolicyResult) []Rule {
	var rules []Rule
	for _, r := range result.Rules {
		rule := p.rule(policy, r)
		p.effect(policy, r, &rule)
		if rule.Effect == Reports {
			p.explanation.Verdict.Reported++
		}
		rules = append(rules, rule)
	}
	return rules
}
