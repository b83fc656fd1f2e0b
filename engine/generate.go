package engine

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Generate says what the policy's generate rules make of a request: each rule that matched has a result, and those that
// passed the objects to be there in Generated. Nothing is created.
//
// objects are what exists already and what may be copied; nil is nothing. The error is of rules whose objects could not
// be made, the results stand beside it: Kyverno reports a rule as passed before it makes anything.
func (e *Engine) Generate(ctx context.Context, p *Policy, req *Request, objects ObjectSource) (PolicyResult, error) {
	result := PolicyResult{Policy: p, Resource: resourceName(req)}
	subject := e.subject(req)
	covered := p.covers(req)
	applied := false
	var failures []error
	for _, r := range p.rules {
		if !r.hasGenerate() {
			continue
		}
		g := &generator{engine: e, policy: p, rule: r, request: req, objects: objects, scope: newScope(ctx, e, p, req)}
		g.result = RuleResult{Rule: r.Name, Type: Generation}
		switch {
		case !covered:
			g.trace(Step{Phase: PhaseMatch, Clause: "metadata.namespace", Note: "a Policy only looks at resources of its own namespace"})
		case applied && p.spec.ApplyRules == "One":
			g.trace(Step{Phase: PhaseMatch, Clause: "spec.applyRules", Note: "applyRules is One and an earlier rule decided"})
		default:
			if err := g.run(subject); err != nil {
				failures = append(failures, fmt.Errorf("rule %s: %w", r.Name, err))
			}
		}
		applied = applied || g.result.Matched && g.result.Status != Skip
		result.Rules = append(result.Rules, g.result)
	}
	return result, errors.Join(failures...)
}

// generator evaluates one generate rule on one request.
type generator struct {
	engine  *Engine
	policy  *Policy
	rule    *rule
	request *Request
	objects ObjectSource
	scope   *scope
	result  RuleResult
}

func (g *generator) trace(steps ...Step) { g.result.Trace = append(g.result.Trace, steps...) }

func (g *generator) decide(status Status, message string) {
	g.result.Matched, g.result.Status, g.result.Message = true, status, message
}

// except skips the rule for exceptions. Kyverno's message is another one here than in rules of other types.
func (g *generator) except(keys []string) {
	verdict := exempted("rule is skipped due to policy exception ", keys...)
	g.decide(verdict.status, verdict.message)
	g.result.Properties = mergeProperties(g.scope.properties(g.rule.ReportProperties), verdict.properties)
}

// run decides whether the rule is about the request, and makes its objects.
func (g *generator) run(s *subject) error {
	r := g.rule
	exceptions := g.engine.exceptionsFor(g.policy, r, s, g.scope)
	g.trace(exceptions.trace...)
	if len(exceptions.keys) > 0 { // whatever the rule is about
		g.except(exceptions.keys)
		return nil
	}
	ok, trace := r.matches(s)
	g.trace(trace...)
	if !ok {
		return nil
	}
	g.scope = g.engine.ruleScope(g.scope, g.policy, r)
	g.result.Properties = g.scope.properties(r.ReportProperties)
	if g.request.Object == nil {
		g.decide(Fail, "") // what was generated for a resource that goes is taken back
		return nil
	}
	holds, _, trace, err := r.Preconditions.evaluate(g.scope, PhasePrecondition, r.path+".preconditions")
	g.trace(trace...)
	switch {
	case err != nil:
		g.decide(Error, "failed to evaluate conditions: "+err.Error())
		return nil
	case !holds:
		g.decide(Skip, "")
		return nil
	}
	g.decide(Pass, "")
	g.result.Generated, err = g.make()
	if err != nil {
		g.trace(Step{Phase: PhaseGenerate, Clause: r.path + ".generate", Note: err.Error()})
	}
	return err
}

// make makes the objects of the rule, or of each element of its foreach.
func (g *generator) make() ([]*unstructured.Unstructured, error) {
	var spec generation
	if err := decode(g.rule.Generate, &spec, g.rule.path+".generate"); err != nil {
		return nil, err
	}
	if spec.ForEach == nil {
		return g.fromPattern(g.scope, g.rule.Generate, spec.Synchronize)
	}
	var objects []*unstructured.Unstructured
	var failures []error
	for i, loop := range spec.ForEach {
		elements, err := g.scope.evaluateList(loop.List)
		if err != nil {
			failures = append(failures, fmt.Errorf("failed to evaluate %v foreach list: %w", i, err))
			continue
		}
		raw, _ := g.rule.Generate["foreach"].([]any)[i].(map[string]any)
		for index, element := range elements {
			made, err := g.fromElement(&loop, raw, fmt.Sprintf("%s.generate.foreach[%d]", g.rule.path, i), element, index, spec.Synchronize)
			if err != nil {
				failures = append(failures, fmt.Errorf("failed to process %v element: %w", index, err))
			}
			objects = append(objects, made...)
		}
	}
	return objects, errors.Join(failures...)
}

// fromElement makes the objects for one element of a foreach.
func (g *generator) fromElement(
	loop *foreachGeneration, raw map[string]any, path string, element any, index int, synchronize bool,
) ([]*unstructured.Unstructured, error) {
	if element == nil {
		return nil, nil
	}
	inner := g.scope.with(loop.Context, path, elementVariables(element, index, 0))
	holds, _, trace, err := loop.Preconditions.evaluate(inner, PhasePrecondition, path+".preconditions")
	g.trace(trace...)
	if err != nil {
		return nil, fmt.Errorf("failed to evaluate preconditions: %w", err)
	}
	if !holds {
		return nil, nil
	}
	return g.fromPattern(inner, raw, synchronize)
}
