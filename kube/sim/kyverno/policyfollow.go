package kyverno

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// followPolicy does what follows for existing resources when a policy came, changed, or, with now nil, went: what its gone
// rules made goes, what its rules made follows their data, and rules that say so act on what exists already.
func (k *Kyverno) followPolicy(ctx context.Context, old, now *policy) {
	if _, running := k.running(backgroundController); !running {
		return
	}
	if old != nil {
		k.endRules(ctx, old, now)
	}
	if now == nil {
		return
	}
	for _, rule := range now.rules {
		k.followRule(ctx, now, rule)
	}
}

// followPolicies lets all policies act as if they were new, as a background controller does that starts: it is told of all
// that there are.
func (k *Kyverno) followPolicies() {
	for _, p := range k.policies.list(nil) {
		k.background.add("", func(ctx context.Context) { k.followPolicy(ctx, nil, k.policies.get(p.Key())) })
	}
}

// endRules deletes what the rules made that are gone, unless they do not synchronize or leave orphans, and lets go of what
// rules made that make something else now. A rule that keeps its name but generates nothing any more leaves all as it is.
func (k *Kyverno) endRules(ctx context.Context, old, now *policy) {
	for _, rule := range old.rules {
		name := text(rule, "name")
		switch {
		case now != nil && now.rule(name) != nil:
			before, after := nested(rule, "generate"), nested(now.rule(name), "generate")
			if len(before) > 0 && len(after) > 0 && !sameTarget(before, after) {
				k.letGo(ctx, old, name)
			}
		case synchronizes(rule) && nested(rule, "generate")["orphanDownstreamOnPolicyDelete"] != true:
			k.deleteGenerated(ctx, old, name, nil)
		}
	}
}

// sameTarget says whether two generate blocks make, or copy, the same.
func sameTarget(a, b map[string]any) bool {
	for _, field := range []string{"apiVersion", "kind", "namespace", "name", "clone", "cloneList"} {
		if !reflect.DeepEqual(a[field], b[field]) {
			return false
		}
	}
	return true
}

// letGo takes the labels off what a rule made that say that the rule made it.
func (k *Kyverno) letGo(ctx context.Context, p *policy, rule string) {
	for gvr, objects := range k.generated(ctx, p, rule, nil) {
		for _, object := range objects {
			kept := object.GetLabels()
			maps.DeleteFunc(kept, func(key, _ string) bool {
				return key == engine.LabelPolicyName || key == engine.LabelPolicyNamespace || key == engine.LabelRuleName
			})
			object = object.DeepCopy()
			object.SetLabels(kept)
			if _, err := k.backgroundClient().Update(ctx, gvr, object, ""); err != nil && !apierrors.IsNotFound(err) {
				k.report(fmt.Errorf("let go of %s: %w", object.GetName(), err))
			}
		}
	}
}

// followRule lets one rule of a new or changed policy act.
func (k *Kyverno) followRule(ctx context.Context, p *policy, rule map[string]any) {
	spec := nested(p.Object().Object, "spec")
	switch does := doings(rule); {
	case does.generate:
		if synchronizes(rule) && hasData(rule) {
			k.resyncRule(ctx, p, text(rule, "name"))
		}
		if chosen(nested(rule, "generate"), spec, "generateExisting") {
			k.forExisting(ctx, p, rule, k.generateFor)
		}
	case does.mutateExisting && chosen(nested(rule, "mutate"), spec, "mutateExistingOnPolicyUpdate"):
		k.forExisting(ctx, p, rule, k.mutateExisting)
	}
}

// chosen reads a switch of a rule, for which its policy's counts when it is absent.
func chosen(rule, spec map[string]any, field string) bool {
	if own, ok := rule[field].(bool); ok {
		return own
	}
	return spec[field] == true
}

// hasData says whether a generate rule makes anything from its own data.
func hasData(rule map[string]any) bool {
	return slices.ContainsFunc(generateBlocks(rule), func(block map[string]any) bool { return block["data"] != nil })
}

// resyncRule brings what a rule made up to date with its data.
func (k *Kyverno) resyncRule(ctx context.Context, p *policy, rule string) {
	done := map[string]bool{}
	for _, objects := range k.generated(ctx, p, rule, labels.Set{}) {
		for _, object := range objects {
			if of := object.GetLabels(); !done[of[engine.LabelTriggerUID]] {
				done[of[engine.LabelTriggerUID]] = true
				k.regenerate(ctx, of)
			}
		}
	}
}

// reaction is what a policy does because of a trigger.
type reaction func(ctx context.Context, p *policy, t *trigger, subject *unstructured.Unstructured)

// forExisting lets a rule act on each resource of the kinds that it is about, once: one that is served in several versions
// comes in each.
func (k *Kyverno) forExisting(ctx context.Context, p *policy, rule map[string]any, react reaction) {
	kinds := kindOperations{}
	kinds.collect(rule, allOperations)
	seen := map[types.UID]bool{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, r := range k.discovery.find(parseKind(kind)) {
			if r.subresource != "" {
				continue
			}
			stored, err := k.client.List(ctx, r.gvr, p.Namespace(), nil)
			if err != nil {
				k.report(fmt.Errorf("list %s for %s: %w", r.gvr.Resource, p.Key(), err))
			}
			for _, subject := range stored {
				if seen[subject.GetUID()] {
					continue
				}
				seen[subject.GetUID()] = true
				react(ctx, p, k.existingTrigger(ctx, r.resource, subject, text(rule, "name")), subject)
			}
		}
	}
}

// existingTrigger stands for a request about a resource that is there, for one rule.
func (k *Kyverno) existingTrigger(ctx context.Context, r resource, subject *unstructured.Unstructured, rule string) *trigger {
	attributes := &api.Attributes{Operation: api.Update, Resource: r.gvr, Kind: r.gvk(), Namespace: subject.GetNamespace(), Name: subject.GetName()}
	return &trigger{review: &review{Attributes: attributes, request: *k.existingRequest(ctx, subject)}, rule: rule}
}
