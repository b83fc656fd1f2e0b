package engine

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/document"
)

// CleanupPolicy is a CleanupPolicy or ClusterCleanupPolicy (kyverno.io/v2), ready to select resources.
type CleanupPolicy struct {
	policy         *Policy // the object; it has no rules
	spec           cleanupSpec
	match, exclude *matcher // exclude may be nil
}

// cleanupSpec is the spec of a clean-up policy as far as it selects resources.
type cleanupSpec struct {
	Context    []contextEntry `json:"context"`
	Match      matchBlock     `json:"match"`
	Exclude    *matchBlock    `json:"exclude"`
	Conditions *conditions    `json:"conditions"`
}

// CompileCleanup makes a policy of a stored object; the error says what of its spec cannot be read.
func CompileCleanup(object *unstructured.Unstructured) (*CleanupPolicy, error) {
	if document.TooDeep(object.Object) {
		return nil, fmt.Errorf("spec: %w", document.ErrTooDeep)
	}
	p := &CleanupPolicy{policy: &Policy{object: object}}
	if err := decode(object.Object["spec"], &p.spec, "spec"); err != nil {
		return nil, err
	}
	p.match = newMatcher(&p.spec.Match, "spec.match")
	if p.spec.Exclude != nil {
		p.exclude = newMatcher(p.spec.Exclude, "spec.exclude")
	}
	return p, nil
}

// Kinds are the entries of match.resources.kinds, each once, in their order.
func (p *CleanupPolicy) Kinds() []string {
	var kinds []string
	seen := map[string]bool{}
	for _, b := range p.match.blocks() {
		for _, kind := range b.Resources.Kinds {
			if !seen[kind] {
				seen[kind] = true
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// Cleanup is one run of a clean-up policy. A context entry is loaded when the first condition asks for it, and keeps its value
// for all resources of the run, as in Kyverno.
type Cleanup struct {
	policy *CleanupPolicy
	scope  *scope
}

// Cleanup begins a run of the policy.
func (e *Engine) Cleanup(ctx context.Context, p *CleanupPolicy) *Cleanup {
	s := newScope(ctx, e, p.policy, &Request{})
	s.vars = map[string]any{} // there is no request
	return &Cleanup{policy: p, scope: s.with(p.spec.Context, "spec", nil)}
}

// Selects says whether the policy is about a resource and its conditions hold for it. The error is of a condition that
// cannot be evaluated.
func (c *Cleanup) Selects(resource *unstructured.Unstructured, namespaceLabels map[string]string) (bool, error) {
	s := &subject{
		resource: resource, kind: resource.GroupVersionKind(), namespaceLabels: namespaceLabels, quiet: true, anonymous: true,
	}
	if own := c.policy.policy.Namespace(); own != "" && own != resource.GetNamespace() {
		return false, nil
	}
	if ok, _ := c.policy.match.matches(s); !ok {
		return false, nil
	}
	if c.policy.exclude != nil {
		if excluded, _ := c.policy.exclude.excludes(s); excluded {
			return false, nil
		}
	}
	return c.holds(resource)
}

// holds evaluates the conditions: all of them come before any.
func (c *Cleanup) holds(resource *unstructured.Unstructured) (bool, error) {
	wanted := c.policy.spec.Conditions
	if wanted == nil {
		return true, nil
	}
	c.scope.images = resource
	delete(c.scope.vars, "images")
	c.scope.vars["target"] = floats(resource.Object)
	c.scope.vars["request"] = map[string]any{"namespace": resource.GetNamespace()}
	for _, part := range []*conditions{{All: wanted.All}, {Any: wanted.Any}} {
		holds, _, _, err := part.evaluate(c.scope, PhasePrecondition, "spec.conditions")
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}
