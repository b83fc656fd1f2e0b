package inspect

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
)

// Impact is what a Change would do to what is in the cluster.
type Impact struct {
	Judged  int // objects that were judged before and after
	Owned   int // objects left out: they change with the controller that made them, which is judged
	Changed []Difference
	// Away says that the objects were judged as if Kyverno did not answer, which is when a failurePolicy counts.
	Away bool
}

// Difference is an object whose verdict would be another one.
type Difference struct {
	Ref
	Before, After Judgement
}

// WhatIf judges the objects that a change could be about as if they were sent now, and as if they were sent after the
// change. Nothing is written. What controllers made is judged with its controller.
func (c *Cluster) WhatIf(ctx context.Context, change Change) (Impact, error) {
	before, err := c.rules(ctx)
	if err != nil {
		return Impact{}, err
	}
	after, err := change.apply(before)
	if err != nil {
		return Impact{}, err
	}
	kinds := workloadKinds()
	if p := before.policy(change.Policy); p != nil {
		if compiled, err := engine.Compile(p); err == nil {
			kinds = matchedKinds(compiled)
		}
	}
	judge := judges(ctx, before, after)
	if change.FailurePolicy != "" {
		if judge, err = c.withoutKyverno(ctx, before, after); err != nil {
			return Impact{}, err
		}
	}
	pairs, err := roots(ctx, c, kinds, change.Namespace, judge)
	return Impact{
		Judged: len(pairs.all), Owned: pairs.owned, Away: change.FailurePolicy != "",
		Changed: slices.DeleteFunc(pairs.all, func(d Difference) bool { return d.Before.Verdict == d.After.Verdict }),
	}, err
}

// judges returns what judges an object by two sets of rules.
func judges(ctx context.Context, before, after *rules) func(*document.Document) (Difference, error) {
	return func(d *document.Document) (Difference, error) {
		was, err := before.explain(ctx, d)
		if err != nil {
			return Difference{}, err
		}
		is, err := after.explain(ctx, d)
		if err != nil {
			return Difference{}, err
		}
		return Difference{Ref: refOf(d.Object), Before: judge(was), After: judge(is)}, nil
	}
}

// withoutKyverno returns what judges an object while Kyverno does not answer: one that a webhook of failurePolicy Fail is
// asked about is refused, others pass without having been looked at.
func (c *Cluster) withoutKyverno(ctx context.Context, before, after *rules) (func(*document.Document) (Difference, error), error) {
	selects, err := c.webhookNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	was, is := before.compiled(), after.compiled()
	return func(d *document.Document) (Difference, error) {
		out := Difference{Ref: refOf(d.Object), Before: Judgement{Verdict: Unjudged}, After: Judgement{Verdict: Unjudged}}
		if labels, known := before.namespaces[d.Object.GetNamespace()]; known && !selects(labels) {
			return out, nil
		}
		out.Before, out.After = refused(was, d.Object), refused(is, d.Object)
		return out, nil
	}, nil
}

// compiled are the policies that judge requests.
func (r *rules) compiled() []*engine.Policy {
	return slices.DeleteFunc(r.every(), func(p *engine.Policy) bool { return !p.Admission() })
}

// refused says whether an object would be refused because Kyverno does not answer.
func refused(policies []*engine.Policy, object *unstructured.Unstructured) Judgement {
	j := Judgement{Verdict: Unjudged}
	for _, p := range policies {
		own := p.Namespace() != "" && p.Namespace() != object.GetNamespace()
		if !own && !p.FailurePolicyIgnore() && p.Applies(object.GroupVersionKind(), "") {
			j.add(Denied, Reason{Rule: p.Key(), Message: "its webhook has failurePolicy Fail, and Kyverno does not answer"})
		}
	}
	return j
}
