package kyverno

import (
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// runDeleting deletes what a DeletingPolicy or a NamespacedDeletingPolicy selects. What fails does not keep it from the rest. A
// resource that the controller may not list, or that is of the whole cluster while the policy is of a namespace, is passed over.
// The API server is asked for the exceptions: a policy may be due before Kyverno was told of them.
func (k *Kyverno) runDeleting(ctx context.Context, controller installed, object *unstructured.Unstructured) error {
	exceptions, err := k.client.List(ctx, celExceptions, "", nil)
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	policy, err := celpolicy.CompileDeleting(object, k.countingCEL(exceptions), world{k})
	if err != nil {
		return err
	}
	var failures []error
	for _, gvr := range policy.Resources() {
		r, served := k.discovery.kindOf(gvr)
		namespace := object.GetNamespace()
		if !served || namespace != "" && !r.namespaced || k.permit(ctx, controller, "list", gvr, namespace, "") != nil {
			continue
		}
		stored, err := k.client.List(ctx, gvr, namespace, nil)
		failures = append(failures, err)
		for _, resource := range stored {
			failures = append(failures, k.deleteSelected(ctx, controller, object, policy, r, resource))
		}
	}
	return errors.Join(failures...)
}

// deleteSelected deletes a resource if the policy selects it. The filter of the ConfigMap is asked as Kyverno asks it, which
// takes the kind for a subresource.
func (k *Kyverno) deleteSelected(
	ctx context.Context, controller installed, object *unstructured.Unstructured, policy *celpolicy.Deleting, r resource, resource *unstructured.Unstructured,
) error {
	if k.settings().filtered(r.gvk(), r.kind, resource.GetNamespace(), resource.GetName()) {
		return nil
	}
	said := policy.Evaluate(ctx, &celpolicy.Request{
		Resource: resource, Kind: r.gvk(), Plural: r.gvr, Namespace: k.namespaceOf(ctx, resource.GetNamespace()),
	})
	if at := slices.IndexFunc(said, func(rule engine.RuleResult) bool { return rule.Status == engine.Error }); at >= 0 {
		return errors.New(said[at].Message)
	}
	if !hasStatusOf(said, engine.Pass) {
		return nil
	}
	return k.remove(ctx, controller, object, r, resource)
}
