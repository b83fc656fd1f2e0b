package engine

import (
	"context"
	"maps"
	"slices"
)

// Validate evaluates the policy's validate rules, generated ones included, on a request, and of its verifyImages rules
// what they want of the object afterwards (verifyDigest, required). Rules that did not match are in the result too, unless
// Options.NoTrace is set; the texts of those that did are Kyverno's.
//
// ctx bounds what rules fetch.
func (e *Engine) Validate(ctx context.Context, p *Policy, req *Request) PolicyResult {
	result := PolicyResult{Policy: p, Resource: resourceName(req)}
	if !e.options.NoTrace {
		result.Rules = make([]RuleResult, 0, len(p.rules))
	}
	outer, subject, covered := newScope(ctx, e, p, req), e.subject(req), p.covers(req)
	var applied applied
	for _, r := range p.rules {
		if e.options.NoTrace && !r.match.names(subject) {
			continue
		}
		rule, ok := RuleResult{}, false
		switch {
		case r.hasValidate():
			v := &validator{engine: e, policy: p, rule: r, request: req, subject: subject, scope: outer}
			v.evaluate(covered, &applied)
			rule, ok = v.result, true
		case r.hasImageChecks():
			rule, ok = e.checkImages(outer, p, r, req, covered), true
		}
		if ok && (rule.Matched || !e.options.NoTrace) {
			result.Rules = append(result.Rules, rule)
		}
	}
	return result
}

// applied is whether a rule decided already, for applyRules: One; enforced and audited rules count apart.
type applied struct{ enforced, audited bool }

func (a *applied) of(enforced bool) *bool {
	if enforced {
		return &a.enforced
	}
	return &a.audited
}

// validator evaluates one validate rule on one request.
type validator struct {
	engine  *Engine
	policy  *Policy
	rule    *rule
	request *Request
	subject *subject
	scope   *scope
	result  RuleResult
}

// evaluate evaluates the rule after those that decided before.
func (v *validator) evaluate(covered bool, applied *applied) {
	v.start()
	decided := applied.of(v.set())
	switch {
	case !covered:
		v.skip("metadata.namespace", "a Policy only looks at resources of its own namespace")
	case v.policy.spec.ApplyRules == "One" && *decided:
		v.skip("spec.applyRules", "applyRules is One and an earlier rule decided")
	default:
		v.run()
	}
	*decided = *decided || v.result.Status == Pass || v.result.Status == Fail
}

// start fills in what is known before anything was looked at.
func (v *validator) start() {
	v.result = RuleResult{Rule: v.rule.Name, Path: v.rule.path, Autogen: v.rule.autogen, Type: Validation, Enforced: enforced(v.policy, v.rule, v.request)}
	v.result.Action, v.result.ActionFrom = ruleAction(v.policy, v.rule, v.request)
}

// set is which rules count together for applyRules: at admission the enforced and the audited apart, in scans all.
func (v *validator) set() bool { return !v.request.Background && v.result.Enforced }

// skip notes why the rule was not looked at.
func (v *validator) skip(clause, why string) {
	v.trace(Step{Phase: PhaseMatch, Clause: clause, Note: why})
}

func (v *validator) traced() bool { return !v.engine.options.NoTrace }

func (v *validator) trace(steps ...Step) {
	if v.traced() {
		v.result.Trace = append(v.result.Trace, steps...)
	}
}

// run decides whether the rule is about the request and what it says.
func (v *validator) run() {
	r := v.rule
	ok, trace := r.matches(v.subject)
	v.trace(trace...)
	if !ok {
		return
	}
	if !v.policy.counts(r, v.subject.kind.Kind) {
		v.skip("metadata.annotations["+autogenAnnotation+"]", "no rules are generated for this kind")
		return
	}
	v.scope = v.engine.ruleScope(v.scope, v.policy, r)
	verdict := v.preconditions(r.Preconditions, r.path+".preconditions", v.scope)
	if verdict == nil {
		verdict = v.judge()
	}
	if verdict == nil {
		v.trace(Step{Phase: PhaseMatch, Note: "the rule has nothing to say about this request"})
		return
	}
	v.finish(*verdict)
}

// finish takes a verdict over into the result.
func (v *validator) finish(verdict verdict) {
	v.result.Matched = true
	v.result.Status, v.result.Message = verdict.status, verdict.message
	v.result.Properties = mergeProperties(v.scope.properties(v.rule.ReportProperties), v.result.Properties, verdict.properties)
	failed := verdict.status == Fail || verdict.status == Error
	v.result.EmitWarning = failed && (v.result.Enforced || v.policy.spec.EmitWarning)
	if failed {
		v.trace(Step{Phase: PhaseAction, OK: v.result.Action == Audit, Clause: v.result.ActionFrom, Found: string(v.result.Action)})
	}
}

// counts says whether a validate rule counts for the kind: Kyverno generates rules for the request's kind alone. It must be
// one that the annotation names, and the rule for CronJobs is none of the others'.
func (p *Policy) counts(r *rule, kind string) bool {
	return !r.autogen || slices.Contains(p.controllers, kind) && r.cron == (kind == "CronJob")
}

// verdict is what a rule, or a part of it, says; nil says nothing.
type verdict struct {
	status     Status
	message    string
	properties map[string]string // more of them than the rule's own
}

func failed(message string) *verdict  { return &verdict{status: Fail, message: message} }
func passed(message string) *verdict  { return &verdict{status: Pass, message: message} }
func skipped(message string) *verdict { return &verdict{status: Skip, message: message} }

// broken is an error in the rule itself; err may be nil.
func broken(message string, err error) *verdict {
	if err != nil {
		message += ": " + err.Error()
	}
	return &verdict{status: Error, message: message}
}

// preconditions returns nil when they hold, else the verdict that ends the rule.
func (v *validator) preconditions(c *conditions, path string, s *scope) *verdict {
	holds, message, trace, err := c.evaluate(s, PhasePrecondition, path)
	v.trace(trace...)
	if err != nil {
		v.trace(Step{Phase: PhasePrecondition, Clause: path, Note: err.Error()})
		return broken("failed to evaluate preconditions", err)
	}
	if !holds {
		return skipped(joinNonEmpty([]string{"preconditions not met", message}, "; "))
	}
	return nil
}

// judge evaluates what the rule checks, after exceptions.
func (v *validator) judge() *verdict {
	exceptions := v.engine.exceptionsFor(v.policy, v.rule, v.subject, v.scope)
	v.trace(exceptions.trace...)
	switch block := v.rule.Validate; {
	case block.Manifests != nil:
		return broken("validate.manifests is not evaluated here", nil)
	case block.PodSecurity != nil:
		return v.judgePodSecurity(exceptions)
	case block.Assert != nil:
		return broken("validate.assert is not evaluated here", nil)
	}
	if verdict := exceptions.verdict(); verdict != nil {
		return verdict
	}
	if v.rule.cel != nil {
		return v.judgeCEL()
	}
	c := v.check()
	verdict := c.judge(v.scope, v.request.Object)
	if !v.asksOld() {
		return verdict
	}
	previous := v.judgeOld(c)
	if verdict != nil && verdict.status == Fail && previous != nil && previous.status == Fail {
		return skipped(existingViolation)
	}
	return verdict
}

// existingViolation is the message of a rule that lets an object be that violated it before.
const existingViolation = "skipping the rule evaluation as pre-existing violations are allowed"

// asksOld says whether the old object of an update is judged as well: for rules that enforce (overrides do not count)
// unless allowExistingViolations is false.
func (v *validator) asksOld() bool {
	allowed := v.rule.Validate.AllowExistingViolations
	return isEnforce(baseAction(v.policy, v.rule)) && (allowed == nil || *allowed) &&
		v.request.operation() == Update && v.request.Object != nil && v.request.OldObject != nil
}

// judgeOld is the verdict on the old object as if it were created now. A rule with preconditions does not judge it at
// all, which makes it deny what an object without them would be forgiven.
func (v *validator) judgeOld(c *check) *verdict {
	request, ok := v.oldRequest()
	if !ok {
		return skipped("resource not matched")
	}
	s := newScope(v.scope.ctx, v.engine, v.policy, request)
	s.images = v.request.Object // Kyverno takes them from the request once: they are those of the new object
	s = v.engine.ruleScope(s, v.policy, v.rule)
	old := *c
	old.trace = nil
	verdict := old.judge(s, request.Object)
	if verdict != nil && verdict.status == Fail {
		v.trace(Step{Phase: PhaseAction, OK: true, Clause: v.rule.path + ".validate.allowExistingViolations",
			Note: "the object violated this rule before: " + verdict.message})
	}
	return verdict
}

// oldRequest is the request that would have created the old object, and whether the rule matches it.
func (v *validator) oldRequest() (*Request, bool) {
	if v.rule.Preconditions != nil {
		return nil, false
	}
	old := v.request.OldObject
	if ok, _ := v.rule.matches(v.subject.previous(old)); !ok {
		return nil, false
	}
	request := *v.request
	request.Object, request.OldObject, request.Operation = old, nil, Create
	request.Variables = withoutOperation(request.Variables)
	return &request, true
}

// properties are the rule's report properties with their variables replaced; as written when one cannot be.
func (s *scope) properties(properties map[string]string) map[string]string {
	if len(properties) == 0 {
		return nil
	}
	out := make(map[string]string, len(properties))
	for key, value := range properties {
		text, err := s.substituteText(value)
		if err != nil {
			return properties
		}
		out[key] = text
	}
	return out
}

// mergeProperties are all properties, the last ones before those of the same name; nil when there are none.
func mergeProperties(properties ...map[string]string) map[string]string {
	var merged map[string]string
	for _, more := range properties {
		if merged == nil {
			merged = maps.Clone(more) // the first may be the rule's own
			continue
		}
		maps.Copy(merged, more)
	}
	return merged
}
