package inspect

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
)

// Affected is what a policy would say of what exists, if that were sent again under it.
type Affected struct {
	Judged  int          // objects that no other object controls, of the kinds that the policy is about
	Against []Difference // those that break it, are changed by it, or of which it cannot be told; Before says nothing
}

// Affected judges the objects of the cluster by a policy that is not in force yet, alone. The error is a policy that
// cannot be compiled, or what the cluster says.
func (c *Cluster) Affected(ctx context.Context, policy *unstructured.Unstructured) (Affected, error) {
	compiled, err := engine.Compile(policy)
	if err != nil {
		return Affected{}, fmt.Errorf("read policy %s: %w", policy.GetName(), err)
	}
	all, err := c.rules(ctx)
	if err != nil {
		return Affected{}, err
	}
	alone := all.copied()
	alone.policies, alone.only = []*unstructured.Unstructured{policy}, true
	judged, err := roots(ctx, c, matchedKinds(compiled), policy.GetNamespace(), func(d *document.Document) (Difference, error) {
		e, err := alone.explain(ctx, d)
		if err != nil {
			return Difference{}, err
		}
		out := Difference{Ref: refOf(d.Object), After: judge(e)}
		if mutates(e) {
			out.After.add(Warned, Reason{Rule: policy.GetName(), Message: "it would be changed"})
		}
		return out, nil
	})
	return Affected{
		Judged:  len(judged.all),
		Against: slices.DeleteFunc(judged.all, func(d Difference) bool { return d.After.Verdict == Admitted }),
	}, err
}
