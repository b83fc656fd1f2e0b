package controller

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/kube/sim/api"
)

// claim returns the objects of a kind that belong to an owner, by name, each as read takes it from what is stored. One that
// no longer fits the owner's selector is let go, one that fits, has no controller and may be adopted is taken in
// (pkg/controller/controller_ref_manager.go of Kubernetes). An owner that is being deleted takes nothing in.
func claim[T any, P typed[T]](
	ctx context.Context, w *world, gvr resource, owner metav1.Object, ref metav1.OwnerReference,
	wanted *metav1.LabelSelector, adoptable func(*T) bool, read func(*unstructured.Unstructured) (*T, error),
) ([]*T, error) {
	selector, err := metav1.LabelSelectorAsSelector(wanted)
	if err != nil {
		return nil, err
	}
	found, err := listWhere(ctx, w, gvr, owner.GetNamespace(), func(head api.Head) bool {
		return head.Controller == owner.GetUID() || head.Controller == "" && selector.Matches(labels.Set(head.Labels))
	}, read)
	if err != nil {
		return nil, err
	}
	var out []*T
	for _, each := range found {
		obj := P(each)
		mine, fit, going := metav1.GetControllerOf(obj) != nil, selector.Matches(labels.Set(obj.GetLabels())), obj.GetDeletionTimestamp() != nil
		switch {
		case mine && (fit || going):
			out = append(out, each)
		case mine:
			err = w.giveTo(ctx, gvr, obj, without(obj.GetOwnerReferences(), owner))
		case fit && !going && owner.GetDeletionTimestamp() == nil && adoptable(each):
			out = append(out, each)
			err = w.giveTo(ctx, gvr, obj, append(obj.GetOwnerReferences(), ref))
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// giveTo gives an object other owners, unless it has changed since it was read.
func (w *world) giveTo(ctx context.Context, gvr resource, obj metav1.Object, owners []metav1.OwnerReference) error {
	stored, err := w.client.Get(ctx, gvr, obj.GetNamespace(), obj.GetName())
	if err != nil {
		return err
	}
	next := stored.DeepCopy()
	next.SetOwnerReferences(owners)
	next.SetResourceVersion(obj.GetResourceVersion())
	if next, err = w.write(ctx, gvr, next, ""); err == nil {
		obj.SetOwnerReferences(next.GetOwnerReferences())
		obj.SetResourceVersion(next.GetResourceVersion())
	}
	return err
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
