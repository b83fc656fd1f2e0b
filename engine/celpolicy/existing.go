package celpolicy

import (
	"context"
	"fmt"

	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/utils"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
)

// Existing says what the policy makes of existing resources, because of a request for another: their results have the
// changed resource as target. Policies that do not ask for that say nothing.
func (p *Mutating) Existing(ctx context.Context, trigger *Request, targets []*Request) ([]engine.RuleResult, error) {
	var results []engine.RuleResult
	for _, m := range p.variants {
		if !m.spec.MutateExistingEnabled() {
			continue
		}
		wanted, err := m.wanted(ctx, trigger, targets)
		if err != nil {
			return nil, fmt.Errorf("failed to discover CEL targets: %w", err)
		}
		for _, target := range targets {
			if !wanted(target) {
				continue
			}
			changed, said := m.change(ctx, target, p.Types, true)
			if said.Status == engine.Pass {
				said.Target = changed
			}
			results = append(results, said)
		}
	}
	return results, nil
}

// wanted returns what says whether an existing resource is one that the policy changes: what its expression returns, else
// what its constraints for targets are about, else what those for requests are about. As in the Kyverno CLI, the expression
// is evaluated once for a trigger, and only when there is a target.
func (m *mutator) wanted(ctx context.Context, trigger *Request, targets []*Request) (func(*Request) bool, error) {
	if m.target == nil || len(targets) == 0 {
		return m.constrained, nil
	}
	found, err := m.returned(ctx, trigger)
	return func(target *Request) bool { return found[nameOf(target.Resource)] }, err
}

// constrained is about the resources that constraints select.
func (m *mutator) constrained(target *Request) bool {
	matches, err := target.matches(m.targets)
	return matches && err == nil
}

// targetConstraints are those for existing resources: their own, else those for requests.
func targetConstraints(spec *v1beta1.MutatingPolicySpec) *admissionregistrationv1.MatchResources {
	if own := spec.TargetMatchConstraints; own != nil && len(own.ResourceRules) > 0 {
		return anyOperation(&own.MatchResources)
	}
	return anyOperation(spec.MatchConstraints)
}

// nameOf is how a resource is known among those of an expression.
func nameOf(resource *unstructured.Unstructured) types.NamespacedName {
	return types.NamespacedName{Namespace: resource.GetNamespace(), Name: resource.GetName()}
}

// returned are the resources that the policy's expression returns: one, or the items of a list.
func (m *mutator) returned(ctx context.Context, trigger *Request) (map[types.NamespacedName]bool, error) {
	input := map[string]any{compiler.ObjectKey: trigger.Resource.Object}
	input[compiler.VariablesKey] = lazily(ctx, m.variables, input)
	out, _, err := m.target.ContextEval(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("failed to evaluate CEL expression for policy %s: %w", m.policy, err)
	}
	found, err := utils.ConvertToNative[map[string]any](out)
	if err != nil {
		return nil, fmt.Errorf("failed to convert CEL result for policy %s: %w", m.policy, err)
	}
	items, ok := found["items"].([]any)
	if !ok {
		items = []any{found}
	}
	names := map[types.NamespacedName]bool{}
	for _, item := range items {
		if content, _ := item.(map[string]any); content != nil {
			names[nameOf(&unstructured.Unstructured{Object: content})] = true
		}
	}
	return names, nil
}
