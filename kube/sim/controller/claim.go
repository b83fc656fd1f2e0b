package controller

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/kube/sim/api"
)

// claim returns the objects of a kind that belong to an owner, by name. One that no longer fits the owner's selector is
// let go, one that fits, has no controller and may be adopted is taken in (pkg/controller/controller_ref_manager.go of
// Kubernetes). An owner that is being deleted takes nothing in.
func claim[T any, P typed[T]](
	ctx context.Context, w *world, gvr resource, owner metav1.Object, ref metav1.OwnerReference,
	wanted *metav1.LabelSelector, adoptable func(*T) bool,
) ([]*T, error) {
	selector, err := metav1.LabelSelectorAsSelector(wanted)
	if err != nil {
		return nil, err
	}
	fits := func(obj metav1.Object) bool { return selector.Matches(labels.Set(obj.GetLabels())) }
	found, err := listWhere[T](ctx, w, gvr, owner.GetNamespace(), func(head api.Head) bool {
		return head.Controller == owner.GetUID() || head.Controller == "" && selector.Matches(labels.Set(head.Labels))
	})
	if err != nil {
		return nil, err
	}
	var out []*T
	for _, each := range found {
		obj := P(each)
		mine, fit := metav1.GetControllerOf(obj) != nil, fits(obj)
		switch {
		case mine && (fit || obj.GetDeletionTimestamp() != nil):
			out = append(out, each)
			continue
		case mine:
			obj.SetOwnerReferences(without(obj.GetOwnerReferences(), owner))
		case owner.GetDeletionTimestamp() == nil && obj.GetDeletionTimestamp() == nil && adoptable(each):
			obj.SetOwnerReferences(append(obj.GetOwnerReferences(), ref))
		default:
			continue
		}
		stored, err := update[T, P](ctx, w, gvr, obj, "")
		if err != nil {
			return nil, err
		}
		if fit {
			out = append(out, (*T)(stored))
		}
	}
	return out, nil
}

func without(refs []metav1.OwnerReference, owner metav1.Object) []metav1.OwnerReference {
	var out []metav1.OwnerReference
	for _, ref := range refs {
		if ref.UID != owner.GetUID() {
			out = append(out, ref)
		}
	}
	return out
}
