package controller

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// collector is the garbage collector: what names only owners that are gone is deleted, and the propagation policies
// that the API server leaves as finalizers (foreground, orphan) are carried out.
type collector struct{ *world }

func (c *collector) observe(ch change) []object {
	if ch.kind == watch.Deleted {
		return c.bereaved(ch.obj)
	}
	self := object{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName(), gvr: ch.gvr}
	if len(ch.obj.GetOwnerReferences()) > 0 || ch.obj.GetDeletionTimestamp() != nil && c.policy(ch.obj) != "" {
		return []object{self}
	}
	return nil
}

// bereaved returns what an object's deletion concerns: what it owned, and its owners, which may wait for it.
func (c *collector) bereaved(obj *unstructured.Unstructured) []object {
	var out []object
	for _, e := range c.watcher.dependents(obj.GetUID()) {
		out = append(out, e.object())
	}
	for _, ref := range obj.GetOwnerReferences() {
		if e, ok := c.watcher.objects[ref.UID]; ok && e.deleting != nil {
			out = append(out, e.object())
		}
	}
	return out
}

// policy returns the finalizer that stands for a propagation policy, or nothing.
func (c *collector) policy(obj metav1.Object) string {
	for _, name := range []string{metav1.FinalizerDeleteDependents, metav1.FinalizerOrphanDependents} {
		if slices.Contains(obj.GetFinalizers(), name) {
			return name
		}
	}
	return ""
}

func (c *collector) reconcile(ctx context.Context, at object) error {
	obj, err := c.client.Get(ctx, at.gvr, at.namespace, at.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if obj.GetDeletionTimestamp() != nil {
		switch c.policy(obj) {
		case metav1.FinalizerDeleteDependents:
			return c.foreground(ctx, at.gvr, obj)
		case metav1.FinalizerOrphanDependents:
			return c.orphan(ctx, at.gvr, obj)
		}
		return nil
	}
	return c.collect(ctx, at.gvr, obj)
}

// collect deletes an object none of whose owners exists, and strikes those from its references that do not.
func (c *collector) collect(ctx context.Context, gvr resource, obj *unstructured.Unstructured) error {
	var living []metav1.OwnerReference
	waiting := false
	for _, ref := range obj.GetOwnerReferences() {
		exists, dying, err := c.lookup(ctx, obj.GetNamespace(), ref)
		if err != nil {
			return err
		}
		if exists {
			living = append(living, ref)
		}
		waiting = waiting || dying
	}
	switch {
	case len(obj.GetOwnerReferences()) == 0 || len(living) == len(obj.GetOwnerReferences()) && !(waiting && len(living) == 1):
		return nil
	case len(living) == 0:
		return c.remove(ctx, gvr, obj, deleteWith(metav1.DeletePropagationBackground))
	case waiting && len(living) == 1: // the owner waits for this one to go
		return c.remove(ctx, gvr, obj, deleteWith(metav1.DeletePropagationForeground))
	}
	next := obj.DeepCopy()
	next.SetOwnerReferences(living)
	_, err := c.write(ctx, gvr, next, "")
	return err
}

func deleteWith(policy metav1.DeletionPropagation) metav1.DeleteOptions {
	return metav1.DeleteOptions{PropagationPolicy: &policy}
}

// lookup says whether an owner exists, and whether it is being deleted and waits for its dependents. An owner of a
// kind that is not served is left in peace: it cannot be looked up.
func (c *collector) lookup(ctx context.Context, namespace string, ref metav1.OwnerReference) (exists, dying bool, _ error) {
	if e, ok := c.watcher.objects[ref.UID]; ok {
		return true, e.deleting != nil && c.policy(e.meta()) == metav1.FinalizerDeleteDependents, nil
	}
	r, ok := c.watcher.owner(ref)
	if !ok {
		return true, false, nil
	}
	if !r.namespaced {
		namespace = ""
	}
	owner, err := c.client.Get(ctx, r.gvr, namespace, ref.Name)
	if apierrors.IsNotFound(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return owner.GetUID() == ref.UID, false, nil
}

// foreground deletes the dependents first and lets the owner go after the last of those that block it.
func (c *collector) foreground(ctx context.Context, gvr resource, obj *unstructured.Unstructured) error {
	blocked := false
	for _, e := range c.watcher.dependents(obj.GetUID()) {
		for _, ref := range e.owners {
			blocked = blocked || ref.UID == obj.GetUID() && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion
		}
		if e.deleting == nil {
			if err := c.remove(ctx, e.gvr, e.meta(), deleteWith(metav1.DeletePropagationForeground)); err != nil {
				return err
			}
		}
	}
	if blocked && len(c.watcher.dependents(obj.GetUID())) > 0 {
		return nil
	}
	return c.release(ctx, gvr, obj, metav1.FinalizerDeleteDependents)
}

// orphan makes the dependents stand alone.
func (c *collector) orphan(ctx context.Context, gvr resource, obj *unstructured.Unstructured) error {
	for _, e := range c.watcher.dependents(obj.GetUID()) {
		stored, err := c.client.Get(ctx, e.gvr, e.namespace, e.name)
		if apierrors.IsNotFound(err) || err == nil && stored.GetUID() != e.uid {
			continue
		}
		if err != nil {
			return err
		}
		next := stored.DeepCopy()
		next.SetOwnerReferences(without(next.GetOwnerReferences(), obj))
		if _, err := c.write(ctx, e.gvr, next, ""); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return c.release(ctx, gvr, obj, metav1.FinalizerOrphanDependents)
}

// release removes a finalizer.
func (c *collector) release(ctx context.Context, gvr resource, obj *unstructured.Unstructured, finalizer string) error {
	latest, err := c.client.Get(ctx, gvr, obj.GetNamespace(), obj.GetName())
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	next := latest.DeepCopy()
	next.SetFinalizers(slices.DeleteFunc(slices.Clone(next.GetFinalizers()), func(name string) bool { return name == finalizer }))
	_, err = c.write(ctx, gvr, next, "")
	return err
}
