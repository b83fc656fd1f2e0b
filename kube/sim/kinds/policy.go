package kinds

import (
	"time"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// policyKinds are those of policy/v1.
func policyKinds() []*api.Kind {
	return []*api.Kind{builtin[*policyv1.PodDisruptionBudget]{
		new: func() *policyv1.PodDisruptionBudget { return &policyv1.PodDisruptionBudget{} }, group: policyv1.SchemeGroupVersion,
		kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", short: []string{"pdb"}, status: true, generation: true,
		create:   func(b *policyv1.PodDisruptionBudget) { b.Status = policyv1.PodDisruptionBudgetStatus{} },
		validate: validateBudget, columns: budgetColumns(), row: budgetRow,
	}.build()}
}

func validateBudget(b *policyv1.PodDisruptionBudget) fieldErrors {
	at := field.NewPath("spec")
	errs := validateShare(b.Spec.MinAvailable, at.Child("minAvailable"))
	errs = append(errs, validateShare(b.Spec.MaxUnavailable, at.Child("maxUnavailable"))...)
	if b.Spec.MinAvailable != nil && b.Spec.MaxUnavailable != nil {
		errs = append(errs, field.Invalid(at, internalOf(&b.Spec), "minAvailable and maxUnavailable cannot be both set"))
	}
	errs = append(errs, metav1validation.ValidateLabelSelector(b.Spec.Selector, metav1validation.LabelSelectorValidationOptions{}, at.Child("selector"))...)
	if p := b.Spec.UnhealthyPodEvictionPolicy; p != nil {
		errs = append(errs, oneOf(*p, at.Child("unhealthyPodEvictionPolicy"), policyv1.AlwaysAllow, policyv1.IfHealthyBudget)...)
	}
	return errs
}

// validateShare checks a number of pods, or a share of up to all of them.
func validateShare(amount *intstr.IntOrString, at *field.Path) fieldErrors {
	return append(validateAmount(amount, at), notMoreThanAll(amount, at)...)
}

func notMoreThanAll(amount *intstr.IntOrString, at *field.Path) fieldErrors {
	if amount == nil || amount.Type == intstr.Int {
		return nil
	}
	if share, err := intstr.GetScaledValueFromIntOrPercent(amount, 100, false); err == nil && share > 100 {
		return fieldErrors{field.Invalid(at, amount.String(), "must not be greater than 100%")}
	}
	return nil
}

func budgetColumns() []metav1.TableColumnDefinition {
	return columnsOf(
		column("Min Available", "The minimum number of pods that must be available."),
		column("Max Unavailable", "The maximum number of pods that may be unavailable."),
		number("Allowed Disruptions", "Calculated number of pods that may be disrupted at this time."),
	)
}

func budgetRow(b *policyv1.PodDisruptionBudget, now time.Time) []any {
	text := func(amount *intstr.IntOrString) string {
		if amount == nil {
			return "N/A"
		}
		return amount.String()
	}
	return []any{b.Name, text(b.Spec.MinAvailable), text(b.Spec.MaxUnavailable), int64(b.Status.DisruptionsAllowed), ageOf(b, now)}
}
