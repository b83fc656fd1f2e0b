package controller

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// The annotations by which Deployments and ReplicaSets tell each other, and kubectl rollout, about revisions and size.
const (
	revisionAnnotation = "deployment.kubernetes.io/revision"
	historyAnnotation  = "deployment.kubernetes.io/revision-history"
	desiredAnnotation  = "deployment.kubernetes.io/desired-replicas"
	maxAnnotation      = "deployment.kubernetes.io/max-replicas"
)

func revision(obj metav1.Object) int64 {
	n, _ := strconv.ParseInt(obj.GetAnnotations()[revisionAnnotation], 10, 64) // none counts as 0
	return n
}

// fence resolves how many pods a rollout may add and take away. When rounding leaves neither, one may be missing.
func fence(d *appsv1.Deployment) (surge, unavailable int32) {
	update := d.Spec.Strategy.RollingUpdate
	if d.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType || update == nil {
		return 0, 0
	}
	n := int(ptr.Deref(d.Spec.Replicas, 1))
	scaled := func(amount *intstr.IntOrString, up bool) int32 {
		value, err := intstr.GetScaledValueFromIntOrPercent(ptr.To(ptr.Deref(amount, intstr.FromInt32(0))), n, up)
		if err != nil {
			return 0 // validation lets no such value through
		}
		return int32(value)
	}
	surge, unavailable = scaled(update.MaxSurge, true), scaled(update.MaxUnavailable, false)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, min(unavailable, int32(n))
}

// ensureNew finds or, if it may, creates the ReplicaSet for the template, and gives both the revision.
func (r *rollout) ensureNew(ctx context.Context, mayCreate bool) error {
	var latest int64
	for _, rs := range r.old() {
		latest = max(latest, revision(rs))
	}
	next := strconv.FormatInt(latest+1, 10)
	switch {
	case r.now != nil:
		if err := r.refresh(ctx, next); err != nil {
			return err
		}
	case !mayCreate:
		return nil
	default:
		if err := r.createSet(ctx, next); err != nil {
			return err
		}
	}
	return r.annotate(ctx)
}

// annotate copies the revision of the new ReplicaSet to the Deployment.
func (r *rollout) annotate(ctx context.Context) error {
	current := r.now.Annotations[revisionAnnotation]
	if r.d.Annotations[revisionAnnotation] == current {
		return nil
	}
	if r.d.Annotations == nil {
		r.d.Annotations = map[string]string{}
	}
	r.d.Annotations[revisionAnnotation] = current
	// Through /status, as the real controller does: the Deployment's generation stays, and policies on updates of
	// Deployments have nothing to say.
	d, err := update(ctx, r.world, deploymentGVR, r.d, "status")
	if err != nil {
		return err
	}
	r.d = d
	return nil
}

// refresh brings an existing new ReplicaSet's annotations up to date: after an undo it gets the latest revision again.
func (r *rollout) refresh(ctx context.Context, next string) error {
	rs := r.now.DeepCopy()
	r.setAnnotations(rs, next, true)
	rs.Spec.MinReadySeconds = r.d.Spec.MinReadySeconds
	if condition(r.d, appsv1.DeploymentProgressing) == nil {
		r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, "FoundNewReplicaSet", fmt.Sprintf("Found new replica set %q", rs.Name))
	}
	if equal(rs, r.now) {
		return nil
	}
	return r.store(ctx, rs)
}

// store writes a changed ReplicaSet and keeps the result at hand.
func (r *rollout) store(ctx context.Context, rs *appsv1.ReplicaSet) error {
	written, err := update(ctx, r.world, replicaSetGVR, rs, "")
	if err != nil {
		return err
	}
	for i := range r.sets {
		if r.sets[i].UID == written.UID {
			r.sets[i] = written
		}
	}
	if r.now != nil && r.now.UID == written.UID {
		r.now = written
	}
	return nil
}

// setAnnotations copies the Deployment's annotations, as far as they are not the controller's own, and the revision.
func (r *rollout) setAnnotations(rs *appsv1.ReplicaSet, next string, exists bool) {
	own := map[string]bool{
		corev1.LastAppliedConfigAnnotation: true, revisionAnnotation: true, historyAnnotation: true,
		desiredAnnotation: true, maxAnnotation: true, appsv1.DeprecatedRollbackTo: true,
	}
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	for key, value := range r.d.Annotations {
		if !own[key] {
			rs.Annotations[key] = value
		}
	}
	number, _ := strconv.ParseInt(next, 10, 64)
	if have := revision(rs); have < number {
		if exists && have > 0 {
			history := strings.TrimPrefix(rs.Annotations[historyAnnotation]+","+strconv.FormatInt(have, 10), ",")
			rs.Annotations[historyAnnotation] = history
		}
		rs.Annotations[revisionAnnotation] = next
	}
	if !exists {
		r.setSize(rs)
	}
}

func (r *rollout) setSize(rs *appsv1.ReplicaSet) {
	surge, _ := fence(r.d)
	wanted := ptr.Deref(r.d.Spec.Replicas, 1)
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	rs.Annotations[desiredAnnotation] = strconv.Itoa(int(wanted))
	rs.Annotations[maxAnnotation] = strconv.Itoa(int(wanted + surge))
}

// createSet creates the ReplicaSet for a template that has none.
func (r *rollout) createSet(ctx context.Context, next string) error {
	rs := r.newSet(next)
	made, err := create(ctx, r.world, replicaSetGVR, rs)
	switch {
	case apierrors.IsAlreadyExists(err):
		// Another template has the same hash: count the collision, and try with it in the hash.
		r.d.Status.CollisionCount = ptr.To(ptr.Deref(r.d.Status.CollisionCount, 0) + 1)
		if err := r.save(ctx, deploymentGVR, r.d, "status"); err != nil {
			return err
		}
		return err
	case err != nil:
		message := fmt.Sprintf("Failed to create new replica set %q: %v", rs.Name, err)
		r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionFalse, "FailedCreate", message)
		r.eventf(ctx, r.about(deploymentGVR, r.d), corev1.EventTypeWarning, "ReplicaSetCreateError", "%s", message)
		if reported := r.report(ctx); reported != nil {
			return reported
		}
		return err
	}
	r.sets, r.now = append(r.sets, made), made
	if n := replicas(made); n > 0 {
		r.eventf(ctx, r.about(deploymentGVR, r.d), corev1.EventTypeNormal, "ScalingReplicaSet", "Scaled up replica set %s from 0 to %d", made.Name, n)
	}
	r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, "NewReplicaSetCreated", fmt.Sprintf("Created new replica set %q", made.Name))
	return nil
}

func (r *rollout) newSet(next string) *appsv1.ReplicaSet {
	template := *r.d.Spec.Template.DeepCopy()
	hash := templateHash(&template, r.d.Status.CollisionCount)
	template.Labels = maps.Clone(template.Labels)
	if template.Labels == nil {
		template.Labels = map[string]string{}
	}
	template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	selector := r.d.Spec.Selector.DeepCopy()
	if selector.MatchLabels == nil {
		selector.MatchLabels = map[string]string{}
	}
	selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: r.d.Name + "-" + hash, Namespace: r.d.Namespace, Labels: template.Labels,
			OwnerReferences: []metav1.OwnerReference{controllerRef("Deployment", "apps/v1", r.d)},
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: ptr.To[int32](0), MinReadySeconds: r.d.Spec.MinReadySeconds, Selector: selector, Template: template,
		},
	}
	rs.Spec.Replicas = ptr.To(r.newReplicasFor())
	r.setAnnotations(rs, next, false)
	return rs
}

// newReplicasFor is the size that a new ReplicaSet starts with.
func (r *rollout) newReplicasFor() int32 {
	if r.d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		wanted := ptr.Deref(r.d.Spec.Replicas, 1)
		surge, _ := fence(r.d)
		return max(min(wanted+surge-total(r.sets, replicas), wanted), 0)
	}
	if total(r.sets, replicas) > 0 {
		return 0
	}
	return ptr.Deref(r.d.Spec.Replicas, 1)
}

// scale sets a ReplicaSet's size and says so in an event.
func (r *rollout) scale(ctx context.Context, rs *appsv1.ReplicaSet, to int32) error {
	from := replicas(rs)
	next := rs.DeepCopy()
	next.Spec.Replicas = &to
	r.setSize(next)
	if equal(next, rs) {
		return nil
	}
	if err := r.store(ctx, next); err != nil {
		return err
	}
	if from == to {
		return nil
	}
	direction := "up"
	if to < from {
		direction = "down"
	}
	r.eventf(ctx, r.about(deploymentGVR, r.d), corev1.EventTypeNormal, "ScalingReplicaSet",
		"Scaled %s replica set %s from %d to %d", direction, rs.Name, from, to)
	return nil
}
