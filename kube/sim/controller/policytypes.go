package controller

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

var admissionPolicyGVR = admissionv1.SchemeGroupVersion.WithResource("validatingadmissionpolicies")

// policyTypes writes into the status of ValidatingAdmissionPolicies which of their expressions do not fit the kinds that
// they match.
type policyTypes struct {
	*world
	check func(*admissionv1.ValidatingAdmissionPolicy) []admissionv1.ExpressionWarning
}

func (p *policyTypes) observe(ch change) []object {
	if ch.gvr != admissionPolicyGVR || ch.kind == watch.Deleted || p.check == nil {
		return nil
	}
	observed, _, _ := unstructured.NestedInt64(ch.obj.Object, "status", "observedGeneration")
	if ch.obj.GetGeneration() <= observed {
		return nil
	}
	return []object{{name: ch.obj.GetName()}}
}

func (p *policyTypes) reconcile(ctx context.Context, at object) error {
	policy, err := get[admissionv1.ValidatingAdmissionPolicy](ctx, p.world, admissionPolicyGVR, "", at.name)
	if err != nil || policy == nil || policy.Generation <= policy.Status.ObservedGeneration {
		return err
	}
	before := policy.Status.TypeChecking
	policy.Status.ObservedGeneration = policy.Generation
	policy.Status.TypeChecking = &admissionv1.TypeChecking{ExpressionWarnings: p.check(policy)}
	// The status is applied: where warnings were and none are left, nothing is.
	if before != nil && len(before.ExpressionWarnings) > 0 && len(policy.Status.TypeChecking.ExpressionWarnings) == 0 {
		policy.Status.TypeChecking = nil
	}
	u, err := encode("ValidatingAdmissionPolicy", admissionv1.SchemeGroupVersion.String(), policy)
	if err != nil {
		return err
	}
	_, err = p.client.Update(ctx, admissionPolicyGVR, u, "status")
	return err
}
