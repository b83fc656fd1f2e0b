package engine

import (
	"context"
	"fmt"
	"slices"
)

// VerifyImages applies the policies' verifyImages rules to a request: it verifies signatures, replaces tags by digests
// and notes in annotations what was verified. It runs after Mutate and before Validate, which judges what it noted.
//
// All policies see the images as the request has them. The annotations are left out when the results deny the request
// (see Blocked). The request's object is not changed. ctx bounds what rules fetch.
func (e *Engine) VerifyImages(ctx context.Context, policies []*Policy, req *Request) Mutated {
	out := Mutated{Object: req.Object}
	if req.Object == nil {
		return out
	}
	patched := req.Object.DeepCopy()
	noted := &verifiedImages{}
	for _, p := range sortedPolicies(policies) {
		if !p.Has(ImageVerify) {
			continue
		}
		v := &policyVerification{engine: e, policy: p, request: req, noted: noted}
		out.Results = append(out.Results, v.run(ctx))
		for _, d := range v.digests {
			setAt(patched.Object, d.Path, d.New)
		}
	}
	if _, blocked := Blocked(out.Results); !blocked {
		noted.annotate(patched)
	}
	if len(changes(req.Object.Object, patched.Object)) > 0 {
		out.Object = patched
	}
	return out
}

// policyVerification applies the verifyImages rules of one policy.
type policyVerification struct {
	engine  *Engine
	policy  *Policy
	request *Request
	noted   *verifiedImages
	digests []Change // images that get a digest
}

func (v *policyVerification) run(ctx context.Context) PolicyResult {
	result := PolicyResult{Policy: v.policy, Resource: resourceName(v.request)}
	outer := newScope(ctx, v.engine, v.policy, v.request)
	applied := false
	covered := v.policy.covers(v.request)
	for _, r := range v.policy.rules {
		if !r.hasVerifyImages() {
			continue
		}
		rule := &ruleVerification{policyVerification: v, rule: r, scope: outer}
		rule.base = RuleResult{Rule: r.Name, Path: r.path, Autogen: r.autogen, Type: ImageVerify, Enforced: true}
		rule.base.Action, rule.base.ActionFrom = imageAction(v.policy, r, v.request)
		switch {
		case !covered:
			rule.trace(Step{Phase: PhaseMatch, Clause: "metadata.namespace", Note: "a Policy only looks at resources of its own namespace"})
		case applied && v.policy.spec.ApplyRules == "One":
			rule.trace(Step{Phase: PhaseMatch, Clause: "spec.applyRules", Note: "applyRules is One and an earlier rule decided"})
		default:
			rule.run()
		}
		results := rule.finish()
		applied = applied || slices.ContainsFunc(results, func(r RuleResult) bool { return r.Status == Pass || r.Status == Fail })
		result.Rules = append(result.Rules, results...)
	}
	return result
}

// ruleVerification applies one verifyImages rule. A rule has a result for every image that it matched.
type ruleVerification struct {
	*policyVerification
	rule    *rule
	scope   *scope
	base    RuleResult // what all results share; its trace is what happened before the first image
	results []RuleResult
}

func (v *ruleVerification) trace(steps ...Step) { v.base.Trace = append(v.base.Trace, steps...) }

// run decides whether the rule is about the request, and verifies its images.
func (v *ruleVerification) run() {
	subject := v.engine.subject(v.request)
	ok, trace := v.rule.matches(subject)
	v.trace(trace...)
	if !ok {
		return
	}
	images, err := requestImages(v.request.Object)
	if err != nil {
		v.add(*broken("failed to instantiate handler", err), nil)
		return
	}
	written, err := imageVerifications(v.rule.verifyImages(), v.rule.path)
	if err != nil {
		v.add(*broken("failed to instantiate handler", err), nil)
		return
	}
	matched := matchingImages(images, written)
	if len(matched) == 0 {
		v.trace(Step{Phase: PhaseMatch, Clause: v.rule.path + ".verifyImages", Note: "no image matches imageReferences"})
		return
	}
	v.scope = v.engine.ruleScope(v.scope, v.policy, v.rule)
	if verdict := v.allowed(subject); verdict != nil {
		v.add(*verdict, nil)
		return
	}
	entries, err := v.entries()
	if err != nil {
		v.add(*broken("failed to substitute variables", err), nil)
		return
	}
	for i := range entries {
		v.verify(&entries[i], i, matched)
	}
}

// allowed is nil when preconditions and exceptions let the rule go on, else the verdict that ends it.
func (v *ruleVerification) allowed(s *subject) *verdict {
	path := v.rule.path + ".preconditions"
	holds, message, trace, err := v.rule.Preconditions.evaluate(v.scope, PhasePrecondition, path)
	v.trace(trace...)
	if err != nil {
		return broken("failed to evaluate preconditions", err)
	}
	if !holds {
		return skipped(joinNonEmpty([]string{"preconditions not met", message}, "; "))
	}
	exceptions := v.engine.exceptionsFor(v.policy, v.rule, s, v.scope)
	v.trace(exceptions.trace...)
	return exceptions.verdict()
}

// entries are the rule's verifyImages with their variables replaced, except in conditions: those see attestations.
func (v *ruleVerification) entries() ([]imageVerification, error) {
	raw := v.rule.verifyImages()
	kept, err := imageVerifications(raw, v.rule.path)
	if err != nil || !hasVariables(v.rule.raw) {
		return kept, err
	}
	resolved, err := v.scope.substitute(withoutConditions(raw))
	if err != nil {
		return nil, err
	}
	list, _ := resolved.([]any)
	entries, err := imageVerifications(list, v.rule.path)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		for j := range entries[i].Attestations {
			entries[i].Attestations[j].Conditions = kept[i].Attestations[j].Conditions
		}
		entries[i].Validate.Deny = kept[i].Validate.Deny
	}
	return entries, nil
}

// add appends a result; trace is what led to it.
func (v *ruleVerification) add(verdict verdict, trace Trace) {
	result := v.base
	result.Matched = true
	result.Status, result.Message = verdict.status, verdict.message
	result.Properties = mergeProperties(v.scope.properties(v.rule.ReportProperties), verdict.properties)
	result.Trace = slices.Concat(v.base.Trace, trace)
	if verdict.status == Fail || verdict.status == Error {
		result.Trace = append(result.Trace, Step{Phase: PhaseAction, OK: result.Action == Audit, Clause: result.ActionFrom, Found: string(result.Action)})
	}
	result.EmitWarning = v.policy.spec.EmitWarning && verdict.status != Skip
	v.results = append(v.results, result)
}

// finish returns the rule's results, or one that says why there are none.
func (v *ruleVerification) finish() []RuleResult {
	if len(v.results) == 0 {
		return []RuleResult{v.base}
	}
	return v.results
}

// imageAction is the action of a failed verification, and the field that decides it: an entry of the rule that enforces,
// else the first entry that names an action, then the policy's overrides and its action.
func imageAction(p *Policy, r *rule, req *Request) (Action, string) {
	first, from := "", ""
	for i, entry := range r.VerifyImages {
		action, _ := entry["failureAction"].(string)
		field := fmt.Sprintf("%s.verifyImages[%d].failureAction", r.path, i)
		if isEnforce(action) {
			return Enforce, field
		}
		if first == "" && action != "" {
			first, from = action, field
		}
	}
	if first != "" {
		return toAction(first), from
	}
	return policyAction(p, req)
}

// setAt sets a value at a JSON pointer that exists.
func setAt(object map[string]any, pointer string, value any) {
	parts := pathParts(pointer)
	parent, _ := descend(object, parts[:len(parts)-1])
	if parent, ok := parent.(map[string]any); ok {
		parent[parts[len(parts)-1]] = value
	}
}
