package kyverno

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/kube/sim/kyverno/timetable"
)

// cleanupResources are the kinds of clean-up policies while somebody acts on them.
func (k *Kyverno) cleanupResources() (served []schema.GroupVersionResource) {
	if _, running := k.running(cleanupController); !running {
		return nil
	}
	for _, gvr := range []schema.GroupVersionResource{cleanupPolicies, clusterCleanups} {
		if _, ok := k.discovery.kindOf(gvr); ok {
			served = append(served, gvr)
		}
	}
	return served
}

// cleanupChanged puts a clean-up policy onto the timetable when it came or its spec changed, and takes it off when it went.
func (k *Kyverno) cleanupChanged(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) {
	switch {
	case now == nil:
		k.timetable.Cancel(cleanupKey(gvr, nameOf(old)))
	case old == nil || old.GetUID() != now.GetUID() || old.GetGeneration() != now.GetGeneration():
		k.cleanUpAt(gvr, nameOf(now), k.clock.Now())
	}
}

func cleanupKey(gvr schema.GroupVersionResource, name types.NamespacedName) string {
	return gvr.Resource + " " + name.String()
}

func (k *Kyverno) cleanUpAt(gvr schema.GroupVersionResource, name types.NamespacedName, when time.Time) {
	k.timetable.At(cleanupKey(gvr, name), when, func(ctx context.Context) { k.cleanUp(ctx, gvr, name) })
}

// cleanUp runs a clean-up policy if its time has come, and sees to it that it comes again. A run that failed is tried again
// for a while, and then not any more until the policy changes (Kyverno's reconcile).
func (k *Kyverno) cleanUp(ctx context.Context, gvr schema.GroupVersionResource, name types.NamespacedName) {
	controller, running := k.running(cleanupController)
	stored, err := k.client.Get(ctx, gvr, name.Namespace, name.Name)
	if !running || err != nil {
		return
	}
	acts := k.cleanerOf(gvr)
	due, err := acts.due(stored, time.Time{})
	if now := k.clock.Now(); err == nil && !due.IsZero() && !due.After(now) {
		k.cluster.abreast(ctx, deployments, "")
		k.loadConfig(ctx) // a policy may be due before Kyverno was told of what must not be deleted
		if err = acts.run(ctx, controller, stored); err == nil {
			err = k.noteCleanup(ctx, controller, gvr, stored, now)
		}
		if err == nil {
			due, err = acts.due(stored, now)
		}
	}
	switch key := cleanupKey(gvr, name); {
	case err != nil:
		k.timetable.Retry(key, func(ctx context.Context) { k.cleanUp(ctx, gvr, name) })
	default:
		k.timetable.Forget(key)
		if !due.IsZero() { // it comes at all
			k.cleanUpAt(gvr, name, due)
		}
	}
}

// cleaner is how the policies of a kind clean up.
type cleaner struct {
	// due is when a policy is to run: the first time of its schedule after another or, if that is zero, after it ran last or
	// was made.
	due func(policy *unstructured.Unstructured, after time.Time) (time.Time, error)
	run func(ctx context.Context, controller installed, policy *unstructured.Unstructured) error
}

func (k *Kyverno) cleanerOf(gvr schema.GroupVersionResource) cleaner {
	if gvr.Group == policiesGroup {
		return cleaner{celpolicy.NextRun, k.runDeleting}
	}
	return cleaner{dueTime, k.runCleanup}
}

func dueTime(policy *unstructured.Unstructured, after time.Time) (time.Time, error) {
	if after.IsZero() {
		after = policy.GetCreationTimestamp().Time
		if at, err := time.Parse(time.RFC3339, text(nested(policy.Object, "status"), "lastExecutionTime")); err == nil {
			after = at
		}
	}
	return timetable.Next(text(nested(policy.Object, "spec"), "schedule"), after.UTC())
}

// noteCleanup writes into a policy's status when it ran.
func (k *Kyverno) noteCleanup(ctx context.Context, controller installed, gvr schema.GroupVersionResource, policy *unstructured.Unstructured, at time.Time) error {
	updated := policy.DeepCopy()
	if gvr.Group == policiesGroup { // what else the status had is lost
		updated.Object["status"] = map[string]any{"conditionStatus": map[string]any{"message": ""}}
	}
	if err := unstructured.SetNestedField(updated.Object, at.UTC().Format(time.RFC3339), "status", "lastExecutionTime"); err != nil {
		return err
	}
	_, err := k.client.As(controller.user(), controller.group()).Update(ctx, gvr, updated, "status")
	return err
}

// runCleanup deletes what a policy selects. What fails does not keep it from the rest; only failed deletions have events. A
// kind that the controller may not list is passed over.
func (k *Kyverno) runCleanup(ctx context.Context, controller installed, object *unstructured.Unstructured) error {
	policy, err := engine.CompileCleanup(object)
	if err != nil {
		return err
	}
	run := k.engine.Cleanup(ctx, policy)
	var failures []error
	for _, kind := range policy.Kinds() {
		r, served := k.discovery.forAccess(kind)
		if !served || k.permit(ctx, controller, "list", r.gvr, object.GetNamespace(), "") != nil {
			continue
		}
		stored, err := k.client.List(ctx, r.gvr, object.GetNamespace(), nil)
		if err != nil {
			failures = append(failures, err)
		}
		for _, resource := range stored {
			if k.settings().filtered(r.gvk(), "", resource.GetNamespace(), resource.GetName()) {
				continue
			}
			selected, err := run.Selects(resource, k.namespaceLabels(ctx, resource.GetNamespace()))
			if selected {
				err = k.remove(ctx, controller, object, r, resource)
			}
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// remove deletes a resource for a clean-up policy, and writes an event on the policy about it.
func (k *Kyverno) remove(ctx context.Context, controller installed, policy *unstructured.Unstructured, r resource, resource *unstructured.Unstructured) error {
	var options metav1.DeleteOptions
	if how := metav1.DeletionPropagation(text(nested(policy.Object, "spec"), "deletionPropagationPolicy")); how != "" {
		options.PropagationPolicy = &how
	}
	err := k.deleteAs(ctx, controller, r.gvr, resource, options)
	if apierrors.IsNotFound(err) {
		return nil
	}
	k.emitCleanup(policy, resource, err)
	return err
}

// deleteAs deletes an object as a controller that may or may not do so.
func (k *Kyverno) deleteAs(ctx context.Context, i installed, gvr schema.GroupVersionResource, object *unstructured.Unstructured, o metav1.DeleteOptions) error {
	if err := k.permit(ctx, i, "delete", gvr, object.GetNamespace(), object.GetName()); err != nil {
		return err
	}
	return k.client.As(i.user(), i.group()).Delete(ctx, gvr, object.GetNamespace(), object.GetName(), o)
}

// emitCleanup writes the event on a clean-up policy that a resource was deleted or, with an error, not. Of success there are
// events only if Kyverno's ConfigMap asks for them.
func (k *Kyverno) emitCleanup(policy, resource *unstructured.Unstructured, failure error) {
	related := reference(resource)
	delete(related, "uid")
	what, done := "clean up", "cleaned up"
	if policy.GroupVersionKind().Group == policiesGroup {
		what, done = "delete", "deleted"
	}
	about := fmt.Sprintf("%s/%s/%s", resource.GetKind(), resource.GetNamespace(), resource.GetName())
	event := occurrence{
		source: cleanupController, regarding: reference(policy), related: related, action: actionCleaned, reason: reasonApplied,
		message: fmt.Sprintf("successfully %s the target resource %s", done, about),
	}
	if failure != nil {
		event.action, event.reason = actionNone, reasonError
		event.message = fmt.Sprintf("failed to %s the target resource %s: %v", what, about, failure)
	} else if !k.settings().success {
		return
	}
	k.emit([]occurrence{event})
}
