package controller

import (
	"context"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

// leaseGVR are the leases; a node's lies in the namespace kube-node-lease.
var leaseGVR = coordinationv1.SchemeGroupVersion.WithResource("leases")

// heartbeatSeconds is how long a kubelet's lease is valid.
const heartbeatSeconds = 40

// heart is the part of the kubelets that reports a node: the times of its conditions, and its lease. A simulated node
// does not fail, so it reports once.
type heart struct{ *world }

func (h *heart) observe(ch change) []object {
	if ch.gvr != nodesGVR || ch.kind == watch.Deleted {
		return nil
	}
	return []object{{name: ch.obj.GetName()}}
}

func (h *heart) reconcile(ctx context.Context, at object) error {
	node, err := get[corev1.Node](ctx, h.world, nodesGVR, "", at.name)
	if err != nil || node == nil || node.DeletionTimestamp != nil {
		return err
	}
	if err := h.beat(ctx, node); err != nil {
		return err
	}
	now, changed := h.now(), false
	for i := range node.Status.Conditions {
		if c := &node.Status.Conditions[i]; c.LastHeartbeatTime.IsZero() {
			c.LastHeartbeatTime, c.LastTransitionTime, changed = now, now, true
		}
	}
	if !changed {
		return nil
	}
	return h.save(ctx, nodesGVR, node, "status")
}

// beat makes the node's lease.
func (h *heart) beat(ctx context.Context, node *corev1.Node) error {
	have, err := get[coordinationv1.Lease](ctx, h.world, leaseGVR, corev1.NamespaceNodeLease, node.Name)
	if err != nil || have != nil {
		return err
	}
	_, err = create(ctx, h.world, leaseGVR, &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{
			Name: node.Name, Namespace: corev1.NamespaceNodeLease,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID}},
		},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: ptr.To(node.Name), LeaseDurationSeconds: ptr.To[int32](heartbeatSeconds),
			RenewTime: ptr.To(metav1.NewMicroTime(h.clock.Now())),
		},
	})
	if apierrors.IsNotFound(err) { // no such namespace, no leases
		return nil
	}
	return err
}
