package engine

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/wildcard"
)

// mutationTarget is an entry of mutate.targets: existing resources that the rule changes, chosen when it runs.
type mutationTarget struct {
	APIVersion    string                `json:"apiVersion"`
	Kind          string                `json:"kind"`
	Namespace     string                `json:"namespace"`
	Name          string                `json:"name"`
	Selector      *metav1.LabelSelector `json:"selector"`
	Context       []contextEntry        `json:"context"`
	Preconditions *conditions           `json:"preconditions"`
}

// MutateExisting says what the policy's mutate rules with targets make of existing resources because of a request: a
// result for each resource that a rule looked at, those that passed with the changed resource in Target.
//
// A rule that is not about the request has one result, not matched; one that finds no resources has none.
func (e *Engine) MutateExisting(ctx context.Context, p *Policy, req *Request, objects ObjectSource) PolicyResult {
	result := PolicyResult{Policy: p, Resource: resourceName(req)}
	subject := e.subject(req)
	covered := p.covers(req)
	for _, r := range p.rules {
		if !r.hasMutate() || r.Mutate.Targets == nil {
			continue
		}
		x := &existing{engine: e, policy: p, rule: r, objects: objects}
		base := RuleResult{Rule: r.Name, Type: Mutation}
		ok, trace := r.matches(subject)
		if base.Trace = trace; !ok || !covered {
			result.Rules = append(result.Rules, base)
			continue
		}
		scope := e.ruleScope(newScope(ctx, e, p, req), p, r)
		base.Matched, base.Properties = true, scope.properties(r.ReportProperties)
		result.Rules = append(result.Rules, x.run(base, req, subject, scope)...)
	}
	return result
}

// existing applies one rule to its targets.
type existing struct {
	engine  *Engine
	policy  *Policy
	rule    *rule
	objects ObjectSource
}

// run is the rule's preconditions and exceptions, then its targets.
func (x *existing) run(base RuleResult, req *Request, s *subject, scope *scope) []RuleResult {
	m := &mutator{engine: x.engine, policy: x.policy, rule: x.rule, request: req, scope: scope, result: base, existing: true}
	if verdict := m.allowed(s); verdict != nil {
		m.result.Barred = true
		return []RuleResult{m.ended(*verdict)}
	}
	var results []RuleResult
	for i, raw := range x.rule.Mutate.Targets {
		path := fmt.Sprintf("%s.mutate.targets[%d]", x.rule.path, i)
		target, found, err := x.find(scope, raw, path)
		if err != nil {
			one := *m
			results = append(results, one.ended(*broken("", err)))
			continue
		}
		for _, object := range found {
			one := *m
			results = append(results, one.change(target, path, object))
		}
	}
	return results
}

// ended is a result without a change.
func (m *mutator) ended(v verdict) RuleResult {
	m.result.Status, m.result.Message = v.status, strings.TrimPrefix(v.message, ": ")
	m.result.Properties = mergeProperties(m.result.Properties, v.properties)
	return m.result
}

// change applies the rule to one existing resource.
func (m *mutator) change(target *mutationTarget, path string, object *unstructured.Unstructured) RuleResult {
	m.scope = m.scope.with(target.Context, path, map[string]any{"target": floats(object.Object)})
	holds, message, trace, err := target.Preconditions.evaluate(m.scope, PhasePrecondition, path+".preconditions")
	m.trace(trace...)
	switch {
	case err != nil:
		return m.ended(*broken("failed to evaluate preconditions", err))
	case !holds:
		return m.ended(*skipped(joinNonEmpty([]string{"preconditions not met", message}, "; ")))
	}
	var after *unstructured.Unstructured
	var v verdict
	if len(m.rule.Mutate.ForEach) > 0 {
		after, v = m.loop(object, m.rule.Mutate.ForEach, m.scope, 0)
	} else {
		after, v = m.apply(object)
	}
	if v.status != Pass {
		return m.ended(v)
	}
	m.result.Status, m.result.Message, m.result.Target = Pass, successMessage(after), after
	m.result.Changes = changes(object.Object, after.Object)
	return m.result
}

// find reads a target, with its variables replaced, and finds the resources that it means. A Policy only changes those
// of its own namespace.
func (x *existing) find(s *scope, raw map[string]any, path string) (*mutationTarget, []*unstructured.Unstructured, error) {
	var target mutationTarget
	if err := decode(raw, &target, path); err != nil {
		return nil, nil, err
	}
	chosen := map[string]any{}
	for _, key := range []string{"apiVersion", "kind", "namespace", "name", "selector"} {
		if value, ok := raw[key]; ok {
			chosen[key] = value
		}
	}
	resolved, err := s.substitute(chosen)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to substitute variables in target: %w", err)
	}
	if err := decode(resolved, &target, path); err != nil {
		return nil, nil, err
	}
	if own := x.policy.Namespace(); own != "" {
		target.Namespace = own
	}
	if x.objects == nil {
		return &target, nil, nil
	}
	all, err := x.objects.List(s.ctx, target.APIVersion, target.Kind, "", target.Selector)
	if err != nil {
		return nil, nil, err
	}
	var found []*unstructured.Unstructured
	for _, object := range all {
		if meant(target.Namespace, object.GetNamespace()) && meant(target.Name, object.GetName()) {
			found = append(found, object)
		}
	}
	return &target, found, nil
}

func meant(pattern, name string) bool { return pattern == "" || wildcard.Match(pattern, name) }
