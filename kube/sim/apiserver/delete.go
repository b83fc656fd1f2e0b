package apiserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// delete removes an object, or marks it when something still holds it: a finalizer, a grace period, a propagation
// policy. It returns the object as it is then, and whether it is gone.
func (s *Server) delete(ctx context.Context, c *call, opts metav1.DeleteOptions) (_ *unstructured.Unstructured, gone bool, _ error) {
	if errs := validation.ValidateDeleteOptions(&opts); len(errs) > 0 {
		return nil, false, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "DeleteOptions"}, "", errs)
	}
	for try := 0; ; try++ {
		item, err := s.store.Get(c.res.key(c.namespace, c.name))
		if err != nil {
			return nil, false, c.storeError(err)
		}
		obj, gone, err := s.deleteOnce(ctx, c, item, opts)
		if err == nil && !c.dryRun {
			err = s.afterDelete(ctx, c, obj, gone)
		}
		if errors.Is(err, store.ErrConflict) && try < patchRetries {
			continue
		}
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			err = c.storeError(err)
		}
		return obj, gone, err
	}
}

// afterDelete does what the deletion of a definition, or of the last object of one, brings with it.
func (s *Server) afterDelete(ctx context.Context, c *call, obj *unstructured.Unstructured, gone bool) error {
	if c.res.storage.resource == definitions && !gone {
		return s.cleanUp(ctx, obj)
	}
	if gone && c.res.revision != "" {
		return s.release(ctx, c.res.storage.resource.String())
	}
	return nil
}

func (s *Server) deleteOnce(ctx context.Context, c *call, item *store.Item, opts metav1.DeleteOptions) (*unstructured.Unstructured, bool, error) {
	old := c.res.read(item)
	if err := c.matches(old, opts.Preconditions); err != nil {
		return nil, false, err
	}
	attributes := c.attributes(api.Delete, nil, old)
	attributes.UID = s.ids.UID("AdmissionReview", c.namespace, c.res.gvr.Resource+"/"+c.name)
	if _, err := s.mutate(ctx, c, attributes); err != nil {
		return nil, false, err
	}
	if err := s.admit(ctx, c, attributes); err != nil {
		return nil, false, err
	}
	marked := s.marked(c, old, opts)
	if released(marked) {
		if c.dryRun {
			return old, true, nil
		}
		last, err := s.store.Delete(item)
		if err != nil {
			return nil, false, err
		}
		s.stored(c.res)
		return c.res.read(last), true, nil
	}
	out, err := s.replace(c, item, marked, old)
	return out, false, err
}

// matches checks the preconditions of a deletion.
func (c *call) matches(old *unstructured.Unstructured, want *metav1.Preconditions) error {
	if want == nil {
		return nil
	}
	gr := schema.GroupResource{Group: c.res.gvk.Group, Resource: c.res.gvk.Kind} // that it is the kind shows in the message
	if want.UID != nil && *want.UID != old.GetUID() {
		return apierrors.NewConflict(gr, c.name, fmt.Errorf("the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated", *want.UID, old.GetUID()))
	}
	if want.ResourceVersion != nil && *want.ResourceVersion != old.GetResourceVersion() {
		return apierrors.NewConflict(gr, c.name, fmt.Errorf("the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified", *want.ResourceVersion, old.GetResourceVersion()))
	}
	return nil
}

// marked returns the object with what a deletion leaves in it when it cannot go at once.
func (s *Server) marked(c *call, old *unstructured.Unstructured, opts metav1.DeleteOptions) *unstructured.Unstructured {
	obj := ownMetadata(old)
	obj.SetFinalizers(withPropagation(obj.GetFinalizers(), propagation(c.res.gvk, opts)))
	grace := gracePeriod(obj, opts)
	already := obj.GetDeletionTimestamp() != nil
	if already && grace != nil && obj.GetDeletionGracePeriodSeconds() != nil && *grace >= *obj.GetDeletionGracePeriodSeconds() {
		grace = obj.GetDeletionGracePeriodSeconds()
	}
	if grace == nil {
		grace = new(int64)
	}
	if !already {
		at := metav1.NewTime(s.clock.Now().Add(time.Duration(*grace) * time.Second).Truncate(time.Second))
		obj.SetDeletionTimestamp(&at)
		if c.res.storage.resource == definitions {
			obj.SetFinalizers(append(obj.GetFinalizers(), cleanupFinalizer))
		}
		if obj.GetGeneration() > 0 {
			obj.SetGeneration(obj.GetGeneration() + 1)
		}
	}
	if isNamespace(c.res.gvk) {
		return terminating(obj)
	}
	obj.SetDeletionGracePeriodSeconds(grace)
	return obj
}

// terminating is a namespace that its controller has to empty.
func terminating(obj *unstructured.Unstructured) *unstructured.Unstructured {
	status, _ := obj.Object["status"].(map[string]any)
	next := map[string]any{}
	for key, value := range status {
		next[key] = value
	}
	next["phase"] = "Terminating"
	return withField(obj, next, "status")
}

// gracePeriod returns how long an object may go on after its deletion: only pods have a grace period, and only those
// that were given to a node and have not ended.
func gracePeriod(obj *unstructured.Unstructured, opts metav1.DeleteOptions) *int64 {
	if obj.GetKind() != "Pod" || obj.GetAPIVersion() != "v1" {
		return nil
	}
	node, _, _ := unstructured.NestedString(obj.Object, "spec", "nodeName")
	phase, _, _ := unstructured.NestedString(obj.Object, "status", "phase")
	if node == "" || phase == "Failed" || phase == "Succeeded" {
		return nil
	}
	seconds, found, _ := unstructured.NestedInt64(obj.Object, "spec", "terminationGracePeriodSeconds")
	switch {
	case opts.GracePeriodSeconds != nil:
		seconds = max(*opts.GracePeriodSeconds, 0)
	case !found:
		return nil
	}
	return &seconds
}

// propagation returns what happens to the dependents. The defaults are those of the kinds' registries.
func propagation(gvk schema.GroupVersionKind, opts metav1.DeleteOptions) metav1.DeletionPropagation {
	switch {
	case opts.PropagationPolicy != nil:
		return *opts.PropagationPolicy
	case opts.OrphanDependents != nil && *opts.OrphanDependents: //nolint:staticcheck // still part of the protocol
		return metav1.DeletePropagationOrphan
	case opts.OrphanDependents != nil: //nolint:staticcheck // still part of the protocol
		return metav1.DeletePropagationBackground
	case gvk.Group == "batch" && gvk.Kind == "Job", gvk.Group == "" && gvk.Kind == "ReplicationController":
		return metav1.DeletePropagationOrphan
	}
	return metav1.DeletePropagationBackground
}

// withPropagation sets the finalizer by which the garbage collector learns of the policy.
func withPropagation(finalizers []string, policy metav1.DeletionPropagation) []string {
	out := slices.DeleteFunc(slices.Clone(finalizers), func(name string) bool {
		return name == metav1.FinalizerOrphanDependents || name == metav1.FinalizerDeleteDependents
	})
	switch policy {
	case metav1.DeletePropagationOrphan:
		out = append(out, metav1.FinalizerOrphanDependents)
	case metav1.DeletePropagationForeground:
		out = append(out, metav1.FinalizerDeleteDependents)
	}
	return out
}

func isNamespace(gvk schema.GroupVersionKind) bool { return gvk.Group == "" && gvk.Kind == "Namespace" }
