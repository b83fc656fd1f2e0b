package controller

import (
	"context"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

// replicaSets keeps as many pods as a ReplicaSet asks for. It looks after ReplicationControllers as well, which differ
// in type only: read and write translate.
type replicaSets struct {
	*world
	attempts
	gvr              resource
	kind, apiVersion string
	read             func(ctx context.Context, at object) (*appsv1.ReplicaSet, error)
	write            func(ctx context.Context, rs *appsv1.ReplicaSet) error
}

var replicaSetGVR = appsv1.SchemeGroupVersion.WithResource("replicasets")

func newReplicaSets(w *world) *replicaSets {
	return &replicaSets{
		world: w, attempts: newAttempts(), gvr: replicaSetGVR, kind: "ReplicaSet", apiVersion: "apps/v1",
		read: func(ctx context.Context, at object) (*appsv1.ReplicaSet, error) {
			return get[appsv1.ReplicaSet](ctx, w, replicaSetGVR, at.namespace, at.name)
		},
		write: func(ctx context.Context, rs *appsv1.ReplicaSet) error {
			return w.save(ctx, replicaSetGVR, rs, "status")
		},
	}
}

func (r *replicaSets) observe(ch change) []object {
	switch {
	case ch.gvr == r.gvr && ch.kind == watch.Deleted:
		r.attempts.forget(ch.obj.GetUID())
		r.events.forget(ch.obj.GetUID())
		return nil
	case ch.gvr == r.gvr:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR:
		return ownerOf(ch, r.apiVersion, r.kind)
	}
	return r.unblocks(ch)
}

func (r *replicaSets) reconcile(ctx context.Context, at object) error {
	rs, err := r.read(ctx, at)
	if err != nil || rs == nil {
		return err
	}
	pods, err := r.claim(ctx, rs)
	if err != nil {
		return err
	}
	var running []*corev1.Pod
	terminating := int32(0)
	for _, pod := range pods {
		if active(pod) {
			running = append(running, pod)
		} else if pod.DeletionTimestamp != nil {
			terminating++
		}
	}
	missing := int(ptr.Deref(rs.Spec.Replicas, 1)) - len(running)
	var failure error
	if rs.DeletionTimestamp == nil && missing != 0 {
		failure = r.manage(ctx, at, rs, running, missing)
	}
	return r.report(ctx, rs, running, terminating, missing, failure)
}

// claim returns the pods of a ReplicaSet, without what they consist of.
func (r *replicaSets) claim(ctx context.Context, rs *appsv1.ReplicaSet) ([]*corev1.Pod, error) {
	return claim(ctx, r.world, podsGVR, rs, controllerRef(r.kind, r.apiVersion, rs), rs.Spec.Selector, active, decodeReplica)
}

// decodeReplica decodes of a pod what makes it a replica that serves: there may be many at one time.
func decodeReplica(stored *unstructured.Unstructured) (*corev1.Pod, error) {
	return decodePlaced(lacking(stored, "status", "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"))
}

// manage creates what is missing or deletes what is too much.
func (r *replicaSets) manage(ctx context.Context, at object, rs *appsv1.ReplicaSet, running []*corev1.Pod, missing int) error {
	if missing < 0 {
		byWorth(running)
		for _, pod := range running[:-missing] {
			if err := r.deletePod(ctx, r.gvr, rs, pod); err != nil {
				return err
			}
		}
		return nil
	}
	now := r.clock.Now()
	if may, err := r.may(rs, now); !may {
		return err
	}
	next, err := r.try(rs, at, now, missing, func() error {
		return r.createPod(ctx, r.gvr, rs, fromTemplate(r.world, r.gvr, rs, &rs.Spec.Template))
	})
	if err != nil {
		r.later(r.component, at, next)
	}
	return err
}

// report writes the status if it changed.
func (r *replicaSets) report(ctx context.Context, rs *appsv1.ReplicaSet, running []*corev1.Pod, terminating int32, missing int, failure error) error {
	st := appsv1.ReplicaSetStatus{
		Replicas: int32(len(running)), TerminatingReplicas: &terminating, ObservedGeneration: rs.Generation,
		Conditions: r.conditions(rs, missing, failure),
	}
	templateLabels := labels.SelectorFromSet(rs.Spec.Template.Labels)
	for _, pod := range running {
		if templateLabels.Matches(labels.Set(pod.Labels)) {
			st.FullyLabeledReplicas++
		}
		since, isReady := ready(pod)
		if !isReady {
			continue
		}
		st.ReadyReplicas++
		if available(pod, rs.Spec.MinReadySeconds, r.clock.Now()) {
			st.AvailableReplicas++
		} else {
			at := object{namespace: rs.Namespace, name: rs.Name}
			r.later(r.component, at, since.Add(time.Duration(rs.Spec.MinReadySeconds)*time.Second))
		}
	}
	if equal(st, rs.Status) {
		return nil
	}
	rs.Status = st
	return r.write(ctx, rs)
}

// conditions keeps the first failure until there is none.
func (r *replicaSets) conditions(rs *appsv1.ReplicaSet, missing int, failure error) []appsv1.ReplicaSetCondition {
	var out []appsv1.ReplicaSetCondition
	known := false
	for _, c := range rs.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure {
			if failure == nil {
				continue
			}
			known = true
		}
		out = append(out, c)
	}
	if failure != nil && !known {
		reason := "FailedCreate"
		if missing < 0 {
			reason = "FailedDelete"
		}
		out = append(out, appsv1.ReplicaSetCondition{
			Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, LastTransitionTime: r.now(),
			Reason: reason, Message: failure.Error(),
		})
	}
	return out
}
