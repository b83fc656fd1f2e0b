package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	pdbhelper "k8s.io/component-helpers/apps/poddisruptionbudget"
)

var budgetGVR = policyv1.SchemeGroupVersion.WithResource("poddisruptionbudgets")

// evictionPatience is how long a pod that was evicted counts as gone before it is.
const evictionPatience = 2 * time.Minute

// budgets keeps the status of PodDisruptionBudgets: how many of their pods may go.
type budgets struct{ *world }

func (b *budgets) observe(ch change) []object {
	switch {
	case ch.gvr == budgetGVR && ch.kind != watch.Deleted:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR:
		return []object{{namespace: ch.obj.GetNamespace()}} // every budget there
	}
	return nil
}

func (b *budgets) reconcile(ctx context.Context, at object) error {
	all, err := list[policyv1.PodDisruptionBudget](ctx, b.world, budgetGVR, at.namespace, nil)
	if err != nil {
		return err
	}
	for _, budget := range all {
		if at.name != "" && at.name != budget.Name || budget.DeletionTimestamp != nil {
			continue
		}
		if err := b.sync(ctx, budget); err != nil {
			return err
		}
	}
	return nil
}

func (b *budgets) sync(ctx context.Context, budget *policyv1.PodDisruptionBudget) error {
	selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
	if err != nil {
		return err
	}
	pods, err := list[corev1.Pod](ctx, b.world, podsGVR, budget.Namespace, selector)
	if err != nil {
		return err
	}
	about := b.about(budgetGVR, budget)
	if len(pods) == 0 && budget.Status.ObservedGeneration != budget.Generation {
		b.eventf(ctx, about, corev1.EventTypeNormal, "NoPods", "No matching pods found")
	}
	expected, desired, unscaled := b.expected(ctx, budget, pods)
	if unscaled != nil {
		b.eventf(ctx, about, corev1.EventTypeWarning, "CalculateExpectedPodCountFailed", "Failed to calculate the number of expected pods: %v", unscaled)
		return b.fail(ctx, budget, unscaled)
	}
	status := policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: budget.Generation, ExpectedPods: expected, DesiredHealthy: desired, Conditions: budget.Status.Conditions,
	}
	status.DisruptedPods = b.disrupted(pods, budget)
	for _, pod := range pods {
		_, isReady := ready(pod)
		if _, going := status.DisruptedPods[pod.Name]; isReady && !going && pod.DeletionTimestamp == nil {
			status.CurrentHealthy++
		}
	}
	if allowed := status.CurrentHealthy - desired; expected > 0 && allowed > 0 {
		status.DisruptionsAllowed = allowed
	}
	next := budget.DeepCopy()
	next.Status = status
	if equal(next.Status, budget.Status) && pdbhelper.ConditionsAreUpToDate(next) {
		return nil
	}
	pdbhelper.UpdateDisruptionAllowedCondition(next)
	_, err = update(ctx, b.world, budgetGVR, next, "status")
	return err
}

// fail says in the status that nothing may go, because it is not known how many pods there should be.
func (b *budgets) fail(ctx context.Context, budget *policyv1.PodDisruptionBudget, cause error) error {
	next := budget.DeepCopy()
	next.Status.DisruptionsAllowed, next.Status.ObservedGeneration = 0, budget.Generation
	meta.SetStatusCondition(&next.Status.Conditions, metav1.Condition{
		Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.SyncFailedReason,
		Message: cause.Error(), ObservedGeneration: budget.Generation,
	})
	if equal(next.Status, budget.Status) {
		return nil
	}
	_, err := update(ctx, b.world, budgetGVR, next, "status")
	return err
}

// disrupted returns the pods that were evicted a moment ago and are still there.
func (b *budgets) disrupted(pods []*corev1.Pod, budget *policyv1.PodDisruptionBudget) map[string]metav1.Time {
	var out map[string]metav1.Time
	for _, pod := range pods {
		since, ok := budget.Status.DisruptedPods[pod.Name]
		if !ok || pod.DeletionTimestamp != nil || b.clock.Now().After(since.Add(evictionPatience)) {
			continue
		}
		if out == nil {
			out = map[string]metav1.Time{}
		}
		out[pod.Name] = since
		b.later(b.name(), object{namespace: budget.Namespace, name: budget.Name}, since.Add(evictionPatience))
	}
	return out
}

// expected returns how many pods there should be and how many of them must be healthy.
func (b *budgets) expected(ctx context.Context, budget *policyv1.PodDisruptionBudget, pods []*corev1.Pod) (expected, desired int32, err error) {
	least, most := budget.Spec.MinAvailable, budget.Spec.MaxUnavailable
	if most == nil && (least == nil || least.Type == intstr.Int) {
		if least != nil {
			desired = least.IntVal
		}
		return int32(len(pods)), desired, nil
	}
	if expected, err = b.scale(ctx, pods); err != nil {
		return 0, 0, err
	}
	of := least
	if most != nil {
		of = most
	}
	count, err := intstr.GetScaledValueFromIntOrPercent(of, int(expected), true)
	if err != nil {
		return 0, 0, err
	}
	if most != nil {
		return expected, max(expected-int32(count), 0), nil
	}
	return expected, int32(count), nil
}

// scale sums up the replicas that the controllers of pods are to have. Pods without a controller do not count.
func (b *budgets) scale(ctx context.Context, pods []*corev1.Pod) (int32, error) {
	replicas := map[types.UID]int32{}
	for _, pod := range pods {
		ref := metav1.GetControllerOf(pod)
		if ref == nil {
			continue
		}
		top, kind, err := b.top(ctx, pod.Namespace, *ref)
		if err != nil {
			return 0, err
		}
		if top == nil {
			return 0, fmt.Errorf("found no controllers for pod %q", pod.Name)
		}
		wanted, found, _ := unstructured.NestedInt64(top.Object, "spec", "replicas")
		if !found {
			return 0, fmt.Errorf("%s does not implement the scale subresource", kind.gvr.GroupResource())
		}
		replicas[top.GetUID()] = int32(wanted)
	}
	var sum int32
	for _, count := range replicas {
		sum += count
	}
	return sum, nil
}

// top returns the controller of a pod, or the Deployment behind its ReplicaSet; nil when it is gone.
func (b *budgets) top(ctx context.Context, namespace string, ref metav1.OwnerReference) (*unstructured.Unstructured, watched, error) {
	kind, ok := b.watcher.owner(ref)
	if !ok {
		return nil, kind, nil
	}
	obj, err := get[unstructured.Unstructured](ctx, b.world, kind.gvr, namespace, ref.Name)
	if err != nil || obj == nil || obj.GetUID() != ref.UID {
		return nil, kind, err
	}
	if above := metav1.GetControllerOf(obj); above != nil && ref.Kind == "ReplicaSet" {
		return b.top(ctx, namespace, *above)
	}
	return obj, kind, nil
}
