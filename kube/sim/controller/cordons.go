package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// cordons gives a node that takes no more pods the taint that says so, and takes it away again.
type cordons struct{ *world }

func (c *cordons) observe(ch change) []object {
	if ch.gvr != nodesGVR || ch.kind == watch.Deleted {
		return nil
	}
	return []object{{name: ch.obj.GetName()}}
}

func (c *cordons) reconcile(ctx context.Context, at object) error {
	node, err := get[corev1.Node](ctx, c.world, nodesGVR, "", at.name)
	if err != nil || node == nil || node.DeletionTimestamp != nil {
		return err
	}
	i := slices.IndexFunc(node.Spec.Taints, func(t corev1.Taint) bool {
		return t.Key == corev1.TaintNodeUnschedulable && t.Effect == corev1.TaintEffectNoSchedule
	})
	switch {
	case node.Spec.Unschedulable && i < 0:
		now := c.now()
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{
			Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule, TimeAdded: &now,
		})
	case !node.Spec.Unschedulable && i >= 0:
		node.Spec.Taints = slices.Delete(node.Spec.Taints, i, i+1)
	default:
		return nil
	}
	return c.save(ctx, nodesGVR, node, "")
}
