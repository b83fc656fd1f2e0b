package celpolicy

import (
	"context"
	"fmt"

	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/utils"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
		for _, target := range targets {
			ok, err := m.wants(ctx, trigger, target)
			if err != nil {
				return nil, err
			}
			if !ok {
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

// wants says whether an existing resource is one that the policy changes: what its expression returns, else what its
// constraints for targets are about, else what those for requests are about.
func (m *mutator) wants(ctx context.Context, trigger, target *Request) (bool, error) {
	if m.target != nil {
		return m.returned(ctx, trigger, target.Resource)
	}
	constraints := m.spec.MatchConstraints
	if own := m.spec.TargetMatchConstraints; own != nil && len(own.ResourceRules) > 0 {
		constraints = &own.MatchResources
	}
	if constraints == nil {
		return false, nil
	}
	constraints = constraints.DeepCopy()
	for i := range constraints.ResourceRules {
		constraints.ResourceRules[i].Operations = []admissionregistrationv1.OperationType{admissionregistrationv1.OperationAll}
	}
	matches, err := target.matches(constraints)
	return matches && err == nil, nil
}

// returned says whether a resource is among those that the policy's expression returns: one, or the items of a list.
func (m *mutator) returned(ctx context.Context, trigger *Request, resource *unstructured.Unstructured) (bool, error) {
	input := map[string]any{compiler.ObjectKey: trigger.Resource.Object}
	input[compiler.VariablesKey] = lazily(ctx, m.variables, input)
	out, _, err := m.target.ContextEval(ctx, input)
	if err != nil {
		return false, fmt.Errorf("failed to discover CEL targets: failed to evaluate CEL expression: %w", err)
	}
	found, err := utils.ConvertToNative[map[string]any](out)
	if err != nil {
		return false, fmt.Errorf("failed to discover CEL targets: failed to convert CEL result: %w", err)
	}
	items, ok := found["items"].([]any)
	if !ok {
		items = []any{found}
	}
	for _, item := range items {
		content, _ := item.(map[string]any)
		one := &unstructured.Unstructured{Object: content}
		if content != nil && one.GetName() == resource.GetName() && one.GetNamespace() == resource.GetNamespace() {
			return true, nil
		}
	}
	return false, nil
}
