package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Mutate applies the policies' mutate rules to a request, policies in the order of their names, each rule seeing what
// the rules before it made. Rules with targets (which change other resources later) are left out. The request's object
// is not changed.
//
// The error is that of a rule that could not be applied, of a policy whose failurePolicy is not Ignore; its text is
// what the webhook answers. ctx bounds what rules fetch.
func (e *Engine) Mutate(ctx context.Context, policies []*Policy, req *Request) (Mutated, error) {
	out := Mutated{Object: req.Object}
	if req.Object == nil {
		return out, nil
	}
	current := *req
	mustFail := false
	for _, p := range sortedPolicies(policies) {
		if !p.Has(Mutation) {
			continue
		}
		mustFail = mustFail || !p.FailurePolicyIgnore()
		result := e.mutatePolicy(ctx, p, &current)
		out.Results = append(out.Results, result)
		if broken := brokenRules(result); len(broken) > 0 && mustFail {
			return out, fmt.Errorf("mutation policy %s error: failed to apply policy %s rules %v", p.Name(), p.Name(), broken)
		}
	}
	out.Object = current.Object
	return out, nil
}

func sortedPolicies(policies []*Policy) []*Policy {
	return slices.SortedStableFunc(slices.Values(policies), func(a, b *Policy) int { return strings.Compare(a.Key(), b.Key()) })
}

func brokenRules(result PolicyResult) []string {
	var broken []string
	for _, r := range result.Rules {
		if r.Status == Error || r.Status == Fail {
			broken = append(broken, r.Rule+": "+r.Message)
		}
	}
	return broken
}

// mutatePolicy applies one policy; req.Object becomes the result.
func (e *Engine) mutatePolicy(ctx context.Context, p *Policy, req *Request) PolicyResult {
	result := PolicyResult{Policy: p, Resource: resourceName(req)}
	applied := false
	covered := p.covers(req)
	for _, r := range p.rules {
		if !r.hasMutate() || r.Mutate.Targets != nil {
			continue
		}
		m := &mutator{engine: e, policy: p, rule: r, request: req, scope: newScope(ctx, e, p, req)}
		m.result = RuleResult{Rule: r.Name, Path: r.path, Autogen: r.autogen, Type: Mutation}
		switch {
		case !covered:
			m.trace(Step{Phase: PhaseMatch, Clause: "metadata.namespace", Note: "a Policy only looks at resources of its own namespace"})
		case applied && p.spec.ApplyRules == "One":
			m.trace(Step{Phase: PhaseMatch, Clause: "spec.applyRules", Note: "applyRules is One and an earlier rule decided"})
		default:
			m.run()
		}
		applied = applied || m.result.Status == Pass
		result.Rules = append(result.Rules, m.result)
	}
	return result
}

// mutator applies one mutate rule to one request.
type mutator struct {
	engine  *Engine
	policy  *Policy
	rule    *rule
	request *Request
	scope   *scope
	result  RuleResult
	// existing says that the rule changes an existing resource, "target" in its variables.
	existing bool
}

func (m *mutator) trace(steps ...Step) { m.result.Trace = append(m.result.Trace, steps...) }

// run decides whether the rule is about the request, and changes the request's object.
func (m *mutator) run() {
	r := m.rule
	subject := m.engine.subject(m.request)
	ok, trace := r.matches(subject)
	m.trace(trace...)
	if !ok {
		return
	}
	m.scope = m.engine.ruleScope(m.scope, m.policy, r)
	before := m.request.Object
	after, verdict := m.decide(subject)
	m.result.Matched = true
	m.result.Status, m.result.Message = verdict.status, verdict.message
	m.result.Properties = mergeProperties(m.scope.properties(r.ReportProperties), verdict.properties)
	broken := verdict.status == Error || verdict.status == Fail
	m.result.EmitWarning = broken || m.policy.spec.EmitWarning && verdict.status != Skip
	if verdict.status != Pass {
		m.trace(Step{Phase: PhaseMutate, OK: !broken, Clause: r.path + ".mutate", Note: verdict.message})
		return
	}
	m.request.Object = after
	m.result.Message = successMessage(after)
	m.result.Changes = changes(before.Object, after.Object)
	for _, c := range m.result.Changes {
		m.trace(Step{
			Phase: PhaseMutate, OK: true, Clause: r.path + ".mutate", Field: c.field(), Found: toJSON(c.Old), Wanted: toJSON(c.New),
		})
	}
}

// decide checks preconditions and exceptions, then applies the patch.
func (m *mutator) decide(s *subject) (*unstructured.Unstructured, verdict) {
	if verdict := m.allowed(s); verdict != nil {
		return nil, *verdict
	}
	if len(m.rule.Mutate.ForEach) > 0 {
		return m.loop(m.request.Object, m.rule.Mutate.ForEach, m.scope, 0)
	}
	return m.apply(m.request.Object)
}

// allowed is nil when preconditions and exceptions let the rule go on, else the verdict that ends it.
func (m *mutator) allowed(s *subject) *verdict {
	path := m.rule.path + ".preconditions"
	holds, message, trace, err := m.rule.Preconditions.evaluate(m.scope, PhasePrecondition, path)
	m.trace(trace...)
	if err != nil {
		return broken("failed to evaluate preconditions", err)
	}
	if !holds {
		return skipped(joinNonEmpty([]string{"preconditions not met", message}, "; "))
	}
	exceptions := m.engine.exceptionsFor(m.policy, m.rule, s, m.scope)
	m.trace(exceptions.trace...)
	return exceptions.verdict()
}

// apply replaces the variables of the rule (all of it, as Kyverno does) and applies its patch.
func (m *mutator) apply(object *unstructured.Unstructured) (*unstructured.Unstructured, verdict) {
	block := m.rule.Mutate
	if hasVariables(m.rule.raw) {
		resolved, err := m.scope.substitute(m.rule.raw)
		if err != nil {
			return nil, *broken("variable substitution failed", err)
		}
		block = &mutation{}
		raw, _ := resolved.(map[string]any)
		if err := decode(raw["mutate"], block, m.rule.path+".mutate"); err != nil {
			return nil, *broken("variable substitution failed", err)
		}
	}
	return patchObject(object, block.PatchStrategicMerge, block.PatchesJSON6902)
}

func successMessage(object *unstructured.Unstructured) string {
	if object.GetNamespace() == "" {
		return fmt.Sprintf("mutated %s/%s", object.GetKind(), object.GetName())
	}
	return fmt.Sprintf("mutated %s/%s in namespace %s", object.GetKind(), object.GetName(), object.GetNamespace())
}
