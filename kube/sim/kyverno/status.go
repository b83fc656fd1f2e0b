package kyverno

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine"
)

// reconcileStatus writes the status of every policy that lacks the right one: ready, the generated rules, and how many
// rules of its own it has. It runs after the webhooks were made, so a policy that says Ready is in force.
func (k *Kyverno) reconcileStatus(ctx context.Context) {
	controller, ok := k.running(admissionController)
	if !ok {
		return
	}
	client := k.client.As(controller.user(), controller.group())
	k.reconcileCELStatus(ctx, client)
	for _, p := range k.policies.list(hasStatus) {
		if !k.isCovered(p) {
			continue
		}
		stored, err := client.Get(ctx, p.gvr, p.Namespace(), p.Name())
		if apierrors.IsNotFound(err) || err == nil && stored.GetUID() != p.Object().GetUID() {
			continue
		}
		if err != nil {
			k.report(fmt.Errorf("read policy %s: %w", p.Key(), err))
			continue
		}
		status := k.statusOf(p, nested(stored.Object, "status"))
		if equality.Semantic.DeepEqual(stored.Object["status"], any(status)) {
			continue
		}
		updated := stored.DeepCopy()
		updated.Object["status"] = status
		if _, err := client.Update(ctx, p.gvr, updated, "status"); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			k.report(fmt.Errorf("write status of policy %s: %w", p.Key(), err))
		}
	}
}

// hasStatus says whether Kyverno ever writes a status for the policy: one whose rules do nothing keeps an empty one.
func hasStatus(p *policy) bool {
	return p.Has(engine.Validation) || p.Has(engine.Mutation) || p.Has(engine.Generation) || p.Has(engine.ImageVerify)
}

// statusOf is the status that the policy should have, given the one that it has.
func (k *Kyverno) statusOf(p *policy, old map[string]any) map[string]any {
	autogen := map[string]any{}
	if rules := p.Autogen(); len(rules) > 0 {
		autogen["rules"] = rules
	}
	validate, mutate, generate, verifyImages := p.RuleCount()
	return map[string]any{
		"autogen":    autogen,
		"conditions": []any{k.readyCondition(old)},
		"rulecount": map[string]any{
			"validate": int64(validate), "mutate": int64(mutate), "generate": int64(generate), "verifyimages": int64(verifyImages),
		},
		"validatingadmissionpolicy": map[string]any{"generated": false, "message": ""},
	}
}

// readyCondition is the condition Ready; its time stays that of the last change.
func (k *Kyverno) readyCondition(old map[string]any) map[string]any {
	since := k.clock.Now().UTC().Format(time.RFC3339)
	for _, condition := range objects(old, "conditions") {
		if text(condition, "type") == "Ready" && text(condition, "status") == "True" {
			since = text(condition, "lastTransitionTime")
		}
	}
	return map[string]any{
		"type": "Ready", "status": "True", "reason": "Succeeded", "message": "Ready", "lastTransitionTime": since,
	}
}
