package kyverno

import (
	"cmp"
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/policycheck"
	"podsec/kube/sim/api"
)

// What Kyverno warns of when an exception is written that will do nothing (pkg/validation/exception).
const (
	exceptionsDisabled     = "PolicyException resources would not be processed until it is enabled."
	exceptionsNowhere      = "The exceptionNamespace flag is not set"
	exceptionElsewhereText = "PolicyException resource namespace must match the defined namespace."
)

// reviewException answers the webhooks that look at exceptions when they are written.
func (s admissionService) reviewException(ctx context.Context, a *api.Attributes) api.Review {
	answer := s.noticeException(a)
	if a.Object == nil {
		return answer
	}
	if a.Resource.Group == policiesGroup {
		if err := celpolicy.CheckException(a.Object, a.OldObject); err != nil {
			answer.Allowed, answer.Message = false, err.Error()
		}
		s.k.useCEL(a)
		return answer
	}
	answer.Warnings = append(answer.Warnings, deprecated(a.Kind.Kind))
	if err := policycheck.CheckException(s.k.checks(ctx), a.Object); err != nil {
		answer.Allowed, answer.Message = false, err.Error()
	}
	return answer
}

// noticeException warns of an exception that will not count.
func (s admissionService) noticeException(a *api.Attributes) api.Review {
	answer := api.Review{Allowed: true}
	controller, _ := s.k.running(admissionController)
	switch {
	case !controller.exceptions:
		answer.Warnings = []string{exceptionsDisabled}
	case a.Resource.Group == policiesGroup:
	case controller.exceptionNamespace == "":
		answer.Warnings = []string{exceptionsNowhere}
	case !controller.takesExceptionsOf(a.Namespace):
		answer.Warnings = []string{exceptionElsewhereText}
	}
	return answer
}

// takesExceptionsOf says whether the exceptions of a namespace count.
func (i installed) takesExceptionsOf(namespace string) bool {
	return i.exceptions && (i.exceptionNamespace == "*" || i.exceptionNamespace != "" && i.exceptionNamespace == namespace)
}

var _ engine.ExceptionLister = fetcher{}

// Exceptions implements engine.ExceptionLister: the stored exceptions that count, ordered by namespace and name.
func (f fetcher) Exceptions() []*unstructured.Unstructured {
	controller, ok := f.k.deployed(admissionController)
	if !ok || !controller.exceptions {
		return nil
	}
	counting := slices.DeleteFunc(f.k.cluster.list(policyExceptions), func(exception *unstructured.Unstructured) bool {
		return !controller.takesExceptionsOf(exception.GetNamespace())
	})
	slices.SortFunc(counting, byName)
	return counting
}

// byName orders objects by namespace and name.
func byName(a, b *unstructured.Unstructured) int {
	return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
}
