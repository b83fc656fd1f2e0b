package controller

import (
	"context"
	"sort"

	appsv1 "k8s.io/api/apps/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

var deploymentGVR = appsv1.SchemeGroupVersion.WithResource("deployments")

// equal compares as the API does: an absent list or map equals an empty one.
func equal(a, b any) bool { return apiequality.Semantic.DeepEqual(a, b) }

// deployments rolls a Deployment's template out through ReplicaSets (pkg/controller/deployment of Kubernetes).
type deployments struct{ *world }

func (d *deployments) observe(ch change) []object {
	switch {
	case ch.gvr == deploymentGVR && ch.kind == watch.Deleted:
		d.events.forget(ch.obj.GetUID())
	case ch.gvr == deploymentGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == replicaSetGVR:
		return ownerOf(ch, "apps/v1", "Deployment")
	}
	return nil
}

// rollout is one look at a Deployment: it, its ReplicaSets, and what was found out about them.
type rollout struct {
	*deployments
	d    *appsv1.Deployment
	sets []*appsv1.ReplicaSet // all, oldest first
	now  *appsv1.ReplicaSet   // the one with the Deployment's template, nil if there is none
}

func (d *deployments) reconcile(ctx context.Context, at object) error {
	dep, err := get[appsv1.Deployment](ctx, d.world, deploymentGVR, at.namespace, at.name)
	if err != nil || dep == nil {
		return err
	}
	r := &rollout{deployments: d, d: dep}
	if err := r.find(ctx); err != nil {
		return err
	}
	switch {
	case dep.DeletionTimestamp != nil:
		return r.report(ctx)
	case dep.Spec.Paused:
		return r.keepScale(ctx)
	}
	scaled, err := r.wasScaled()
	if err != nil || scaled {
		return firstError(err, func() error { return r.keepScale(ctx) })
	}
	return r.roll(ctx)
}

func firstError(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

// find lists the Deployment's ReplicaSets and picks the one that has its template.
func (r *rollout) find(ctx context.Context) error {
	sets, err := claim(ctx, r.world, replicaSetGVR, r.d, controllerRef("Deployment", "apps/v1", r.d), r.d.Spec.Selector,
		func(*appsv1.ReplicaSet) bool { return true }, decode[appsv1.ReplicaSet])
	if err != nil {
		return err
	}
	r.sets, r.now = sets, nil
	sort.SliceStable(r.sets, func(i, j int) bool { return older(r.sets[i], r.sets[j]) })
	for _, rs := range r.sets {
		if sameTemplate(rs, r.d) {
			r.now = rs
			break
		}
	}
	return nil
}

// sameTemplate compares templates without the label that the controller itself adds.
func sameTemplate(rs *appsv1.ReplicaSet, d *appsv1.Deployment) bool {
	a, b := rs.Spec.Template.DeepCopy(), d.Spec.Template.DeepCopy()
	delete(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equal(a, b)
}

func replicas(rs *appsv1.ReplicaSet) int32 {
	if rs == nil {
		return 0
	}
	return ptr.Deref(rs.Spec.Replicas, 1)
}

// old returns the ReplicaSets of earlier templates.
func (r *rollout) old() []*appsv1.ReplicaSet {
	var out []*appsv1.ReplicaSet
	for _, rs := range r.sets {
		if r.now == nil || rs.UID != r.now.UID {
			out = append(out, rs)
		}
	}
	return out
}

func total(sets []*appsv1.ReplicaSet, count func(*appsv1.ReplicaSet) int32) int32 {
	var sum int32
	for _, rs := range sets {
		sum += count(rs)
	}
	return sum
}

func availableOf(rs *appsv1.ReplicaSet) int32 {
	if rs == nil {
		return 0
	}
	return rs.Status.AvailableReplicas
}

// roll takes the next step towards all pods having the new template.
func (r *rollout) roll(ctx context.Context) error {
	if err := r.ensureNew(ctx, true); err != nil {
		return err
	}
	if r.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		if err := r.recreate(ctx); err != nil {
			return err
		}
	} else {
		if err := r.scaleNew(ctx); err != nil {
			return err
		}
		if err := r.shrinkOld(ctx); err != nil {
			return err
		}
	}
	if r.complete() {
		if err := r.prune(ctx); err != nil {
			return err
		}
	}
	return r.report(ctx)
}

// recreate starts the new pods when the old ones are gone.
func (r *rollout) recreate(ctx context.Context) error {
	for _, rs := range r.old() {
		if replicas(rs) > 0 {
			if err := r.scale(ctx, rs, 0); err != nil {
				return err
			}
		}
	}
	for _, rs := range r.old() {
		pods, err := owned(ctx, r.world, rs)
		if err != nil {
			return err
		}
		for _, pod := range pods {
			if active(pod) || pod.DeletionTimestamp != nil {
				return nil
			}
		}
	}
	return r.scale(ctx, r.now, ptr.Deref(r.d.Spec.Replicas, 1))
}

// scaleNew lets the new ReplicaSet grow as far as the surge allows, or shrink to what is wanted.
func (r *rollout) scaleNew(ctx context.Context) error {
	want := r.newReplicas()
	if replicas(r.now) == want {
		return nil
	}
	return r.scale(ctx, r.now, want)
}

// newReplicas is how many pods the new ReplicaSet may have at this point.
func (r *rollout) newReplicas() int32 {
	wanted := ptr.Deref(r.d.Spec.Replicas, 1)
	if r.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType || replicas(r.now) >= wanted {
		return wanted
	}
	surge, _ := fence(r.d)
	room := wanted + surge - total(r.sets, replicas)
	if room <= 0 {
		return replicas(r.now)
	}
	return replicas(r.now) + min(room, wanted-replicas(r.now))
}

// shrinkOld takes pods of earlier templates away: those that do not work at once, the others as new ones are available.
func (r *rollout) shrinkOld(ctx context.Context) error {
	old := r.old()
	if total(old, replicas) == 0 {
		return nil
	}
	_, unavailable := fence(r.d)
	least := ptr.Deref(r.d.Spec.Replicas, 1) - unavailable
	spare := total(r.sets, replicas) - least - (replicas(r.now) - availableOf(r.now))
	if spare <= 0 {
		return nil
	}
	for _, rs := range old { // pods that are not available help nobody
		broken := min(replicas(rs)-rs.Status.AvailableReplicas, spare)
		if broken > 0 {
			if err := r.scale(ctx, rs, replicas(rs)-broken); err != nil {
				return err
			}
			spare -= broken
		}
	}
	extra := total(r.sets, availableOf) - least
	for _, rs := range r.old() {
		if take := min(replicas(rs), extra); take > 0 {
			if err := r.scale(ctx, rs, replicas(rs)-take); err != nil {
				return err
			}
			extra -= take
		}
	}
	return nil
}

// complete says that the rollout is over: all pods are new, all are available, and no old one is left.
func (r *rollout) complete() bool {
	st, want := r.status(), ptr.Deref(r.d.Spec.Replicas, 1)
	return st.UpdatedReplicas == want && st.Replicas == want && st.AvailableReplicas == want
}

// prune deletes old, empty ReplicaSets beyond the history limit, the earliest revisions first.
func (r *rollout) prune(ctx context.Context) error {
	limit := ptr.Deref(r.d.Spec.RevisionHistoryLimit, 10)
	old := r.old()
	sort.SliceStable(old, func(i, j int) bool { return revision(old[i]) < revision(old[j]) })
	for i := 0; i < len(old)-int(limit); i++ {
		rs := old[i]
		if rs.Status.Replicas != 0 || replicas(rs) != 0 || rs.DeletionTimestamp != nil || rs.Generation > rs.Status.ObservedGeneration {
			continue
		}
		if err := r.remove(ctx, replicaSetGVR, rs, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}
