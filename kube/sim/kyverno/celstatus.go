package kyverno

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/api"
)

// reconcileCELStatus writes the status of every policy of policies.kyverno.io that lacks the right one.
func (k *Kyverno) reconcileCELStatus(ctx context.Context, client api.Client) {
	for _, p := range k.cel.list(nil) {
		known, registered := k.cel.covers(p)
		if !known {
			continue // its turn comes when the webhook configurations were made
		}
		if err := k.writeCELStatus(ctx, client, p, registered); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			k.report(fmt.Errorf("write status of policy %s: %w", p.Key(), err))
		}
	}
}

func (k *Kyverno) writeCELStatus(ctx context.Context, client api.Client, p *stored.Policy, registered bool) error {
	gvr := p.Kind().Resource
	now, err := client.Get(ctx, gvr, p.Object().GetNamespace(), p.Object().GetName())
	if err != nil || now.GetUID() != p.Object().GetUID() {
		return err
	}
	status, err := p.Status(nested(now.Object, "status"), stored.Facts{Now: k.clock.Now(), Registered: registered, May: k.reporterMay})
	if err != nil || equality.Semantic.DeepEqual(now.Object["status"], any(status)) {
		return err
	}
	updated := now.DeepCopy()
	updated.Object["status"] = status
	_, err = client.Update(ctx, gvr, updated, "status")
	return err
}
