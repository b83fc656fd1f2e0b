package kinds

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

func validateAutoscaler(a *autoscalingv2.HorizontalPodAutoscaler) fieldErrors {
	at, ref := field.NewPath("spec"), a.Spec.ScaleTargetRef
	errs := validateScaling(a.Spec.MinReplicas, a.Spec.MaxReplicas, ref.Kind, ref.Name)
	if ref.APIVersion == "" {
		errs = append(errs, field.Invalid(at.Child("scaleTargetRef", "apiVersion"), "", "apiVersion must specify API group"))
	}
	elsewhere := false
	for i, m := range a.Spec.Metrics {
		errs = append(errs, validateMetric(m, at.Child("metrics").Index(i))...)
		elsewhere = elsewhere || m.Type == autoscalingv2.ObjectMetricSourceType || m.Type == autoscalingv2.ExternalMetricSourceType
	}
	if ptr.Deref(a.Spec.MinReplicas, 1) == 0 && !elsewhere {
		errs = append(errs, field.Forbidden(at.Child("metrics"), "must specify at least one Object or External metric to support scaling to zero replicas"))
	}
	return errs
}

// validateMetric checks the metrics of resources; of others that they say what they are.
func validateMetric(m autoscalingv2.MetricSpec, at *field.Path) fieldErrors {
	errs := oneOf(m.Type, at.Child("type"), autoscalingv2.ContainerResourceMetricSourceType, autoscalingv2.ExternalMetricSourceType,
		autoscalingv2.ObjectMetricSourceType, autoscalingv2.PodsMetricSourceType, autoscalingv2.ResourceMetricSourceType)
	if len(errs) > 0 {
		return errs
	}
	absent := ""
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource == nil:
		absent = "resource"
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource == nil:
		absent = "containerResource"
	case m.Type == autoscalingv2.ObjectMetricSourceType && m.Object == nil:
		absent = "object"
	case m.Type == autoscalingv2.PodsMetricSourceType && m.Pods == nil:
		absent = "pods"
	case m.Type == autoscalingv2.ExternalMetricSourceType && m.External == nil:
		absent = "external"
	}
	if absent != "" {
		return fieldErrors{field.Required(at.Child(absent), "must populate information for the given metric source")}
	}
	if m.Resource == nil {
		return nil
	}
	errs = required(string(m.Resource.Name), at.Child("resource", "name"))
	return append(errs, validateMetricTarget(m.Resource.Target, at.Child("resource", "target"))...)
}

func validateMetricTarget(t autoscalingv2.MetricTarget, at *field.Path) fieldErrors {
	errs := oneOf(t.Type, at.Child("type"), autoscalingv2.AverageValueMetricType, autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType)
	if u := t.AverageUtilization; u != nil && *u < 1 {
		errs = append(errs, field.Invalid(at.Child("averageUtilization"), *u, "must be greater than 0"))
	}
	if v := t.AverageValue; v != nil && v.Sign() <= 0 {
		errs = append(errs, field.Invalid(at.Child("averageValue"), v, "must be positive"))
	}
	switch {
	case t.AverageUtilization == nil && t.AverageValue == nil:
		errs = append(errs, field.Required(at.Child("averageUtilization"), "must set either a target raw value or a target utilization"))
	case t.AverageUtilization != nil && t.AverageValue != nil:
		errs = append(errs, field.Forbidden(at.Child("averageValue"), "may not set both a target raw value and a target utilization"))
	}
	return errs
}
