package controller

import (
	"context"
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// wasScaled says that the Deployment's size changed and its ReplicaSets have not followed yet.
func (r *rollout) wasScaled() (bool, error) {
	for _, rs := range r.sets {
		if replicas(rs) == 0 {
			continue
		}
		desired, err := strconv.Atoi(rs.Annotations[desiredAnnotation])
		if err == nil && int32(desired) != ptr.Deref(r.d.Spec.Replicas, 1) {
			return true, nil
		}
	}
	return false, nil
}

// keepScale changes sizes without rolling anything out: when the Deployment is paused, or was only scaled.
func (r *rollout) keepScale(ctx context.Context) error {
	if err := r.ensureNew(ctx, false); err != nil {
		return err
	}
	if err := r.spread(ctx); err != nil {
		return err
	}
	if r.d.Spec.Paused {
		r.pause()
	}
	return r.report(ctx)
}

// spread gives the one active ReplicaSet the whole size; in the middle of a rollout it divides what is to be added or
// taken away among all of them by their size.
func (r *rollout) spread(ctx context.Context) error {
	var live []*appsv1.ReplicaSet
	for _, rs := range r.sets {
		if replicas(rs) > 0 {
			live = append(live, rs)
		}
	}
	wanted := ptr.Deref(r.d.Spec.Replicas, 1)
	switch {
	case len(live) == 0 && r.now != nil:
		return r.scale(ctx, r.now, wanted)
	case len(live) == 0:
		if n := len(r.sets); n > 0 {
			return r.scale(ctx, r.sets[n-1], wanted)
		}
		return nil
	case len(live) == 1:
		return r.scale(ctx, live[0], wanted)
	}
	return r.divide(ctx, live, wanted)
}

// divide is the proportional scaling of pkg/controller/deployment: every ReplicaSet changes by its share, the largest
// first and of equals the newest (when shrinking the oldest), and what rounding leaves goes to the first.
func (r *rollout) divide(ctx context.Context, live []*appsv1.ReplicaSet, wanted int32) error {
	surge, _ := fence(r.d)
	allowed := int32(0)
	if wanted > 0 {
		allowed = wanted + surge
	}
	left := allowed - total(live, replicas)
	grow := left > 0
	bySize(live, grow)
	sizes := make([]int32, len(live))
	for i, rs := range live {
		part := share(rs, r.d, allowed)
		if grow {
			part = min(part, left)
		} else {
			part = max(part, left)
		}
		sizes[i] = replicas(rs) + part
		left -= part
	}
	sizes[0] = max(sizes[0]+left, 0)
	for i, rs := range live {
		if err := r.scale(ctx, rs, sizes[i]); err != nil {
			return err
		}
	}
	return nil
}

// share is by how much a ReplicaSet changes when all grow or shrink in proportion.
func share(rs *appsv1.ReplicaSet, d *appsv1.Deployment, allowed int32) int32 {
	if allowed == 0 {
		return -replicas(rs)
	}
	before, err := strconv.Atoi(rs.Annotations[maxAnnotation])
	if err != nil || before == 0 {
		before = int(max(d.Status.Replicas, 1))
	}
	return int32(math.Round(float64(replicas(rs))*float64(allowed)/float64(before))) - replicas(rs)
}

// bySize sorts the largest first; of equals the newest first, or the oldest. ReplicaSets of one second are told apart
// by their revision.
func bySize(sets []*appsv1.ReplicaSet, newest bool) {
	sort.SliceStable(sets, func(i, j int) bool {
		a, b := sets[i], sets[j]
		if replicas(a) != replicas(b) {
			return replicas(a) > replicas(b)
		}
		return older(b, a) == newest
	})
}

func older(a, b *appsv1.ReplicaSet) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return revision(a) < revision(b)
}

// pause marks the Deployment's progress as paused, so that waiting does not count against its deadline.
func (r *rollout) pause() {
	c := condition(r.d, appsv1.DeploymentProgressing)
	if c != nil && c.Reason == "ProgressDeadlineExceeded" {
		return
	}
	r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionUnknown, "DeploymentPaused", "Deployment is paused")
}

func condition(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == kind {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

// setCondition sets a condition in the Deployment at hand; the time of a transition is kept while the status stays.
// Like the real controller it puts the condition last when something about it changed.
func (r *rollout) setCondition(kind appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	now := r.world.now()
	next := appsv1.DeploymentCondition{
		Type: kind, Status: status, Reason: reason, Message: message, LastUpdateTime: now, LastTransitionTime: now,
	}
	if have := condition(r.d, kind); have != nil {
		if have.Status == status && have.Reason == reason {
			return
		}
		if have.Status == status {
			next.LastTransitionTime = have.LastTransitionTime
		}
	}
	r.dropCondition(kind)
	r.d.Status.Conditions = append(r.d.Status.Conditions, next)
}

func (r *rollout) dropCondition(kind appsv1.DeploymentConditionType) {
	var out []appsv1.DeploymentCondition
	for _, c := range r.d.Status.Conditions {
		if c.Type != kind {
			out = append(out, c)
		}
	}
	r.d.Status.Conditions = out
}

// status counts the pods of all ReplicaSets.
func (r *rollout) status() appsv1.DeploymentStatus {
	st := appsv1.DeploymentStatus{
		ObservedGeneration: r.d.Generation, CollisionCount: r.d.Status.CollisionCount, Conditions: r.d.Status.Conditions,
		Replicas:          total(r.sets, func(rs *appsv1.ReplicaSet) int32 { return rs.Status.Replicas }),
		ReadyReplicas:     total(r.sets, func(rs *appsv1.ReplicaSet) int32 { return rs.Status.ReadyReplicas }),
		AvailableReplicas: total(r.sets, availableOf),
		TerminatingReplicas: ptr.To(total(r.sets, func(rs *appsv1.ReplicaSet) int32 {
			return ptr.Deref(rs.Status.TerminatingReplicas, 0)
		})),
	}
	if r.now != nil {
		st.UpdatedReplicas = r.now.Status.Replicas
	}
	st.UnavailableReplicas = max(total(r.sets, replicas)-st.AvailableReplicas, 0)
	return st
}

// report writes the status if it changed.
func (r *rollout) report(ctx context.Context) error {
	stored, err := get[appsv1.Deployment](ctx, r.world, deploymentGVR, r.d.Namespace, r.d.Name)
	if err != nil || stored == nil {
		return err
	}
	r.availability()
	if !r.d.Spec.Paused && r.d.DeletionTimestamp == nil {
		r.progress(stored)
	}
	r.failure()
	st := r.status()
	if equal(st, stored.Status) {
		return nil
	}
	stored.Status = st
	return r.save(ctx, deploymentGVR, stored, "status")
}

// availability says whether enough pods serve.
func (r *rollout) availability() {
	_, unavailable := fence(r.d)
	if r.status().AvailableReplicas >= ptr.Deref(r.d.Spec.Replicas, 1)-unavailable {
		r.setCondition(appsv1.DeploymentAvailable, corev1.ConditionTrue, "MinimumReplicasAvailable", "Deployment has minimum availability.")
		return
	}
	r.setCondition(appsv1.DeploymentAvailable, corev1.ConditionFalse, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
}

// progress says how far the rollout is, and when it has taken too long.
func (r *rollout) progress(stored *appsv1.Deployment) {
	if r.now == nil {
		return
	}
	st, before := r.status(), stored.Status
	current := condition(r.d, appsv1.DeploymentProgressing)
	done := current != nil && current.Reason == "NewReplicaSetAvailable" && st.Replicas == st.UpdatedReplicas
	advanced := st.UpdatedReplicas > before.UpdatedReplicas || st.ReadyReplicas > before.ReadyReplicas ||
		st.AvailableReplicas > before.AvailableReplicas ||
		st.Replicas-st.UpdatedReplicas < before.Replicas-before.UpdatedReplicas
	switch {
	case r.complete() && !done:
		r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, "NewReplicaSetAvailable",
			fmt.Sprintf("ReplicaSet %q has successfully progressed.", r.now.Name))
	case r.complete():
	case advanced:
		r.advance()
	case r.late():
		r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionFalse, "ProgressDeadlineExceeded",
			fmt.Sprintf("ReplicaSet %q has timed out progressing.", r.now.Name))
	}
}

// advance restarts the deadline; the condition is renewed even if it says the same as before.
func (r *rollout) advance() {
	message := fmt.Sprintf("ReplicaSet %q is progressing.", r.now.Name)
	if c := condition(r.d, appsv1.DeploymentProgressing); c != nil && c.Status == corev1.ConditionTrue {
		since := c.LastTransitionTime
		r.dropCondition(appsv1.DeploymentProgressing)
		r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, "ReplicaSetUpdated", message)
		condition(r.d, appsv1.DeploymentProgressing).LastTransitionTime = since
		return
	}
	r.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, "ReplicaSetUpdated", message)
}

// late says that the deadline has passed without progress; before it, it makes sure to look again then.
func (r *rollout) late() bool {
	c := condition(r.d, appsv1.DeploymentProgressing)
	if c == nil || c.Reason == "NewReplicaSetAvailable" || c.Reason == "ProgressDeadlineExceeded" || r.d.Spec.ProgressDeadlineSeconds == nil {
		return false
	}
	limit := c.LastUpdateTime.Add(time.Duration(*r.d.Spec.ProgressDeadlineSeconds) * time.Second)
	if r.clock.Now().After(limit) {
		return true
	}
	r.later(r.component, object{namespace: r.d.Namespace, name: r.d.Name}, limit.Add(time.Second))
	return false
}

// failure takes over why pods could not be created, from the new ReplicaSet first.
func (r *rollout) failure() {
	sets := r.old()
	if r.now != nil {
		sets = append([]*appsv1.ReplicaSet{r.now}, sets...)
	}
	for _, rs := range sets {
		for _, c := range rs.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure {
				r.setCondition(appsv1.DeploymentReplicaFailure, c.Status, c.Reason, c.Message)
				return
			}
		}
	}
	r.dropCondition(appsv1.DeploymentReplicaFailure)
}
