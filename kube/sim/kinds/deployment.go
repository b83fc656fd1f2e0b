package kinds

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func deploymentKind() *api.Kind {
	return builtin[*appsv1.Deployment]{
		new: func() *appsv1.Deployment { return &appsv1.Deployment{} }, group: appsv1.SchemeGroupVersion,
		kind: "Deployment", plural: "deployments", short: []string{"deploy"}, categories: inAll(),
		status: true, scale: true, generation: true,
		changed:  deploymentChanged,
		defaults: defaultDeployment, validate: validateDeployment, validateUpdate: validateDeploymentUpdate,
		columns: deploymentColumns(), row: deploymentRow,
		warnings: func(d *appsv1.Deployment) []string { return templateWarnings(d.Name, &d.Spec.Template) },
	}.build()
}

// deploymentChanged counts changed annotations as a change too, as the registry does.
func deploymentChanged(d, old *appsv1.Deployment) bool {
	return !equal(d.Spec, old.Spec) || !equal(d.Annotations, old.Annotations)
}

func defaultDeployment(d *appsv1.Deployment) {
	defaultPodSpec(&d.Spec.Template.Spec)
	setDefault(&d.Spec.Replicas, 1)
	setEmpty(&d.Spec.Strategy.Type, appsv1.RollingUpdateDeploymentStrategyType)
	if d.Spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType {
		setDefault(&d.Spec.Strategy.RollingUpdate, appsv1.RollingUpdateDeployment{})
		setDefault(&d.Spec.Strategy.RollingUpdate.MaxUnavailable, intstr.FromString("25%"))
		setDefault(&d.Spec.Strategy.RollingUpdate.MaxSurge, intstr.FromString("25%"))
	}
	setDefault(&d.Spec.RevisionHistoryLimit, 10)
	setDefault(&d.Spec.ProgressDeadlineSeconds, 600)
}

func validateDeployment(d *appsv1.Deployment) fieldErrors {
	at := field.NewPath("spec")
	errs := nonNegative(d.Spec.Replicas, at.Child("replicas"))
	errs = append(errs, validateSelected("deployment", d.Spec.Selector, &d.Spec.Template, at)...)
	errs = append(errs, alwaysRestarts("ReplicaSet", &d.Spec.Template, at)...)
	errs = append(errs, validateDeploymentStrategy(&d.Spec.Strategy, at.Child("strategy"))...)
	errs = append(errs, nonNegative(&d.Spec.MinReadySeconds, at.Child("minReadySeconds"))...)
	errs = append(errs, nonNegative(d.Spec.RevisionHistoryLimit, at.Child("revisionHistoryLimit"))...)
	if deadline := d.Spec.ProgressDeadlineSeconds; deadline != nil {
		errs = append(errs, nonNegative(deadline, at.Child("progressDeadlineSeconds"))...)
		if *deadline <= d.Spec.MinReadySeconds {
			errs = append(errs, field.Invalid(at.Child("progressDeadlineSeconds"), *deadline, "must be greater than minReadySeconds"))
		}
	}
	return errs
}

func validateDeploymentStrategy(s *appsv1.DeploymentStrategy, at *field.Path) fieldErrors {
	switch s.Type {
	case appsv1.RecreateDeploymentStrategyType:
		if s.RollingUpdate != nil {
			return fieldErrors{field.Forbidden(at.Child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")}
		}
		return nil
	case appsv1.RollingUpdateDeploymentStrategyType:
		return validateRollingUpdate(s.RollingUpdate, at.Child("rollingUpdate"))
	}
	return fieldErrors{field.NotSupported(at, internalOf(s), []appsv1.DeploymentStrategyType{
		appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType,
	})}
}

func validateRollingUpdate(r *appsv1.RollingUpdateDeployment, at *field.Path) fieldErrors {
	if r == nil {
		return fieldErrors{field.Required(at, "this should be defaulted and never be nil")}
	}
	errs := validateAmount(r.MaxUnavailable, at.Child("maxUnavailable"))
	errs = append(errs, validateAmount(r.MaxSurge, at.Child("maxSurge"))...)
	if isZero(r.MaxUnavailable) && isZero(r.MaxSurge) {
		errs = append(errs, field.Invalid(at.Child("maxUnavailable"), r.MaxUnavailable, "may not be 0 when `maxSurge` is 0"))
	}
	return append(errs, notMoreThanAll(r.MaxUnavailable, at.Child("maxUnavailable"))...)
}

// validateAmount checks a number of pods or a percentage.
func validateAmount(amount *intstr.IntOrString, at *field.Path) fieldErrors {
	if amount == nil {
		return nil
	}
	if amount.Type == intstr.String {
		return invalidFor(amount.StrVal, at, validation.IsValidPercent(amount.StrVal))
	}
	return nonNegative(&amount.IntVal, at)
}

func isZero(amount *intstr.IntOrString) bool {
	if amount == nil {
		return true
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(amount, 100, true)
	return err == nil && n == 0
}

func validateDeploymentUpdate(d, old *appsv1.Deployment) fieldErrors {
	return append(validateDeployment(d), immutable(d.Spec.Selector, old.Spec.Selector, field.NewPath("spec", "selector"))...)
}

func deploymentColumns() []metav1.TableColumnDefinition {
	doc := appsv1.DeploymentStatus{}.SwaggerDoc()
	return columnsOf(append([]metav1.TableColumnDefinition{
		column("Ready", "Number of the pod with ready state"),
		column("Up-to-date", doc["updatedReplicas"]),
		column("Available", doc["availableReplicas"]),
	}, containerColumns(true)...)...)
}

func deploymentRow(d *appsv1.Deployment, now time.Time) []any {
	var desired int32
	if d.Spec.Replicas != nil {
		desired = *d.Spec.Replicas
	}
	spec := &d.Spec.Template.Spec
	return []any{
		d.Name, ratio(d.Status.ReadyReplicas, desired), int64(d.Status.UpdatedReplicas), int64(d.Status.AvailableReplicas),
		ageOf(d, now), containersText(spec), imagesText(spec), selectorText(d.Spec.Selector),
	}
}
