package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	pdbhelper "k8s.io/component-helpers/apps/poddisruptionbudget"

	"podsec/kube/sim/api"
)

// evictionTries is how often the status of a budget is written again when somebody else wrote it in between.
const evictionTries = 20

var budgets = policyv1.SchemeGroupVersion.WithResource("poddisruptionbudgets")

// serveEviction deletes a pod with the options of an Eviction, if its disruption budget allows that.
func (s *Server) serveEviction(out *response, c *call) {
	var eviction struct {
		DeleteOptions *metav1.DeleteOptions `json:"deleteOptions"`
	}
	if err := s.readInto(c, out.r, &eviction); err != nil {
		out.fail(err)
		return
	}
	opts := metav1.DeleteOptions{}
	if eviction.DeleteOptions != nil {
		opts = *eviction.DeleteOptions
	}
	c.dryRun = c.dryRun || slices.Contains(opts.DryRun, metav1.DryRunAll)
	wanted, err := encodedEviction(c, eviction.DeleteOptions)
	if err == nil {
		err = s.admitOptions(out.r.Context(), c, api.Create, wanted)
	}
	if err == nil {
		err = s.evict(out.r.Context(), c, opts)
	}
	s.succeed(out, err)
}

// encodedEviction is the Eviction of a pod as admission sees it.
func encodedEviction(c *call, opts *metav1.DeleteOptions) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&policyv1.Eviction{
		TypeMeta:   metav1.TypeMeta{APIVersion: policyv1.SchemeGroupVersion.String(), Kind: "Eviction"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name, Namespace: c.namespace}, DeleteOptions: opts,
	})
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	return &unstructured.Unstructured{Object: content}, nil
}

func (s *Server) evict(ctx context.Context, c *call, opts metav1.DeleteOptions) error {
	obj, err := s.get(c)
	if err != nil {
		return err
	}
	pod := corev1.Pod{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &pod); err != nil {
		return apierrors.NewInternalError(err)
	}
	// A pod that does not run yet or no more is missed by nobody.
	if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
		if err := s.spend(ctx, &pod, c.dryRun); err != nil {
			return err
		}
	}
	if !c.dryRun {
		if err := s.condemn(ctx, c); err != nil {
			return err
		}
	}
	one := *c
	one.subresource = ""
	_, _, err = s.delete(ctx, &one, opts)
	c.warn(one.warnings...)
	return err
}

// condemn says in a pod's status why it goes, before it does.
func (s *Server) condemn(ctx context.Context, c *call) error {
	one := *c
	one.subresource = "status"
	_, err := s.update(ctx, &one, change{patch: true, build: func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		obj := old.DeepCopy()
		conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
		conditions = slices.DeleteFunc(conditions, func(c any) bool {
			condition, _ := c.(map[string]any)
			return condition["type"] == string(corev1.DisruptionTarget)
		})
		conditions = append(conditions, map[string]any{
			"type": string(corev1.DisruptionTarget), "status": "True", "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
			"lastTransitionTime": now(s.clock).UTC().Format("2006-01-02T15:04:05Z"),
		})
		return obj, unstructured.SetNestedSlice(obj.Object, conditions, "status", "conditions")
	}})
	return err
}

// spend takes a disruption from the budget of a pod, or returns an error when there is none left.
func (s *Server) spend(ctx context.Context, pod *corev1.Pod, dryRun bool) error {
	for try := 0; ; try++ {
		budget, err := s.budgetOf(ctx, pod)
		if err != nil || budget == nil || toleratesLoss(budget, pod) {
			return err
		}
		if err := s.mayDisrupt(budget); err != nil {
			return err
		}
		budget.Status.DisruptionsAllowed--
		if budget.Status.DisruptionsAllowed == 0 {
			pdbhelper.UpdateDisruptionAllowedCondition(budget)
		}
		if dryRun {
			return nil
		}
		if budget.Status.DisruptedPods == nil {
			budget.Status.DisruptedPods = map[string]metav1.Time{}
		}
		budget.Status.DisruptedPods[pod.Name] = now(s.clock)
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(budget)
		if err != nil {
			return apierrors.NewInternalError(err)
		}
		_, err = s.Client().Update(ctx, budgets, &unstructured.Unstructured{Object: content}, "status")
		if !apierrors.IsConflict(err) || try == evictionTries {
			return err
		}
	}
}

// budgetOf returns the budget that selects a pod, nil without one. Two are more than an eviction can deal with.
func (s *Server) budgetOf(ctx context.Context, pod *corev1.Pod) (*policyv1.PodDisruptionBudget, error) {
	list, err := s.Client().List(ctx, budgets, pod.Namespace, nil)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found *policyv1.PodDisruptionBudget
	for _, obj := range list {
		budget := &policyv1.PodDisruptionBudget{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, budget); err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err != nil || !selector.Matches(labels.Set(pod.Labels)) {
			continue
		}
		if found != nil {
			return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
				Status: metav1.StatusFailure, Code: http.StatusInternalServerError,
				Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
			}}
		}
		found = budget
	}
	return found, nil
}

// toleratesLoss says whether a pod that is not ready may go without being counted.
func toleratesLoss(budget *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return false
		}
	}
	if policy := budget.Spec.UnhealthyPodEvictionPolicy; policy != nil && *policy == policyv1.AlwaysAllow {
		return true
	}
	return budget.Status.CurrentHealthy >= budget.Status.DesiredHealthy && budget.Status.DesiredHealthy > 0
}

// mayDisrupt returns the error that tells a client why to wait.
func (s *Server) mayDisrupt(budget *policyv1.PodDisruptionBudget) error {
	const refused = "Cannot evict pod as it would violate the pod's disruption budget."
	status := budget.Status
	because := func(err *apierrors.StatusError, format string, args ...any) error {
		err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
			Type: policyv1.DisruptionBudgetCause, Message: fmt.Sprintf("The disruption budget "+budget.Name+" "+format, args...),
		})
		return err
	}
	failed := meta.FindStatusCondition(status.Conditions, policyv1.DisruptionAllowedCondition)
	switch {
	case status.ObservedGeneration < budget.Generation:
		return because(apierrors.NewTooManyRequests(refused, 10), "is still being processed by the server.")
	case status.DisruptionsAllowed < 0:
		return apierrors.NewForbidden(schema.GroupResource{Group: policyv1.GroupName, Resource: "poddisruptionbudget"}, budget.Name,
			fmt.Errorf("pdb disruptions allowed is negative"))
	case status.DisruptionsAllowed > 0:
		return nil
	case failed != nil && failed.Status == metav1.ConditionFalse && failed.Reason == policyv1.SyncFailedReason && failed.Message != "":
		return because(apierrors.NewTooManyRequests(refused, 0), "does not allow evicting pods currently because it failed sync: %s", failed.Message)
	case status.CurrentHealthy <= status.DesiredHealthy:
		return because(apierrors.NewTooManyRequests(refused, 0), "needs %d healthy pods and has %d currently", status.DesiredHealthy, status.CurrentHealthy)
	case failed != nil && failed.Status == metav1.ConditionFalse && failed.Message != "":
		return because(apierrors.NewTooManyRequests(refused, 0), "does not allow evicting pods currently (%s): %s", failed.Reason, failed.Message)
	}
	return because(apierrors.NewTooManyRequests(refused, 0), "does not allow evicting pods currently")
}
