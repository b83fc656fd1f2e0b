package controller

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// newReplicationControllers reads ReplicationControllers as ReplicaSets, as kube-controller-manager does too.
func newReplicationControllers(w *world) *replicaSets {
	return &replicaSets{
		world: w, attempts: newAttempts(), gvr: rcGVR, kind: "ReplicationController", apiVersion: "v1",
		read: func(ctx context.Context, at object) (*appsv1.ReplicaSet, error) {
			rc, err := get[corev1.ReplicationController](ctx, w, rcGVR, at.namespace, at.name)
			if err != nil || rc == nil {
				return nil, err
			}
			return asReplicaSet(rc), nil
		},
		write: func(ctx context.Context, rs *appsv1.ReplicaSet) error {
			rc, err := get[corev1.ReplicationController](ctx, w, rcGVR, rs.Namespace, rs.Name)
			if err != nil || rc == nil {
				return err
			}
			rc.ResourceVersion = rs.ResourceVersion
			rc.Status = controllerStatus(rs.Status)
			return w.save(ctx, rcGVR, rc, "status")
		},
	}
}

func asReplicaSet(rc *corev1.ReplicationController) *appsv1.ReplicaSet {
	template := ptr.Deref(rc.Spec.Template, corev1.PodTemplateSpec{})
	rs := &appsv1.ReplicaSet{
		ObjectMeta: rc.ObjectMeta,
		Spec: appsv1.ReplicaSetSpec{
			Replicas: rc.Spec.Replicas, MinReadySeconds: rc.Spec.MinReadySeconds, Template: template,
			Selector: &metav1.LabelSelector{MatchLabels: rc.Spec.Selector},
		},
		Status: appsv1.ReplicaSetStatus{
			Replicas: rc.Status.Replicas, FullyLabeledReplicas: rc.Status.FullyLabeledReplicas, ReadyReplicas: rc.Status.ReadyReplicas,
			AvailableReplicas: rc.Status.AvailableReplicas, ObservedGeneration: rc.Status.ObservedGeneration,
			TerminatingReplicas: ptr.To[int32](0),
		},
	}
	for _, c := range rc.Status.Conditions {
		rs.Status.Conditions = append(rs.Status.Conditions, appsv1.ReplicaSetCondition{
			Type: appsv1.ReplicaSetConditionType(c.Type), Status: c.Status, LastTransitionTime: c.LastTransitionTime,
			Reason: c.Reason, Message: c.Message,
		})
	}
	return rs
}

func controllerStatus(st appsv1.ReplicaSetStatus) corev1.ReplicationControllerStatus {
	out := corev1.ReplicationControllerStatus{
		Replicas: st.Replicas, FullyLabeledReplicas: st.FullyLabeledReplicas, ReadyReplicas: st.ReadyReplicas,
		AvailableReplicas: st.AvailableReplicas, ObservedGeneration: st.ObservedGeneration,
	}
	for _, c := range st.Conditions {
		out.Conditions = append(out.Conditions, corev1.ReplicationControllerCondition{
			Type: corev1.ReplicationControllerConditionType(c.Type), Status: c.Status, LastTransitionTime: c.LastTransitionTime,
			Reason: c.Reason, Message: c.Message,
		})
	}
	return out
}
