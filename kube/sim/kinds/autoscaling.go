package kinds

import (
	"fmt"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// autoscalingKinds are those of autoscaling/v2, the version that clients prefer, and of v1. Nothing here measures load, so an
// autoscaler only keeps within its bounds.
func autoscalingKinds() []*api.Kind {
	type autoscaler = autoscalingv2.HorizontalPodAutoscaler
	return []*api.Kind{builtin[*autoscaler]{
		new: func() *autoscaler { return &autoscaler{} }, group: autoscalingv2.SchemeGroupVersion,
		kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", short: []string{"hpa"}, categories: inAll(), status: true,
		defaults: defaultAutoscaler, validate: validateAutoscaler, columns: autoscalerColumns(), row: autoscalerRow,
	}.build(), oldAutoscalerKind()}
}

func defaultAutoscaler(a *autoscalingv2.HorizontalPodAutoscaler) {
	setDefault(&a.Spec.MinReplicas, 1)
	if len(a.Spec.Metrics) == 0 {
		a.Spec.Metrics = []autoscalingv2.MetricSpec{{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{
				Name:   corev1.ResourceCPU,
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr.To[int32](80)},
			},
		}}
	}
}

// validateScaling checks the bounds of an autoscaler and what it scales.
func validateScaling(minReplicas *int32, most int32, kind, name string) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	least := ptr.Deref(minReplicas, 1)
	if least < 1 {
		errs = append(errs, field.Invalid(at.Child("minReplicas"), least, "must be greater than or equal to 1"))
	}
	if most < 1 {
		errs = append(errs, field.Required(at.Child("maxReplicas"), "must be set and greater than 0"))
	}
	if most < least {
		errs = append(errs, field.Invalid(at.Child("maxReplicas"), most, "must be greater than or equal to `minReplicas`"))
	}
	if kind == "" {
		errs = append(errs, field.Required(at.Child("scaleTargetRef", "kind"), ""))
	}
	if name == "" {
		errs = append(errs, field.Required(at.Child("scaleTargetRef", "name"), ""))
	}
	return errs
}

func autoscalerColumns() []metav1.TableColumnDefinition {
	doc := autoscalingv2.HorizontalPodAutoscalerSpec{}.SwaggerDoc()
	return columnsOf(
		column("Reference", doc["scaleTargetRef"]), column("Targets", doc["metrics"]), column("MinPods", doc["minReplicas"]),
		column("MaxPods", doc["maxReplicas"]), column("Replicas", "Number of pods that the autoscaler last saw."),
	)
}

func autoscalerRow(a *autoscalingv2.HorizontalPodAutoscaler, now time.Time) []any {
	ref := fmt.Sprintf("%s/%s", a.Spec.ScaleTargetRef.Kind, a.Spec.ScaleTargetRef.Name)
	return []any{
		a.Name, ref, targetsText(a.Spec.Metrics), fmt.Sprint(ptr.Deref(a.Spec.MinReplicas, 1)), int64(a.Spec.MaxReplicas),
		int64(a.Status.CurrentReplicas), ageOf(a, now),
	}
}

// targetsText prints the targets of resource metrics; nothing measures them, so the current value is unknown.
func targetsText(metrics []autoscalingv2.MetricSpec) string {
	var out []string
	for _, m := range metrics {
		target := "<auto>"
		name := strings.ToLower(string(m.Type))
		if m.Resource != nil {
			name = string(m.Resource.Name)
			if u := m.Resource.Target.AverageUtilization; u != nil {
				target = fmt.Sprintf("%d%%", *u)
			} else if v := m.Resource.Target.AverageValue; v != nil {
				target = v.String()
			}
		}
		out = append(out, fmt.Sprintf("%s: %s/%s", name, unknown, target))
	}
	if len(out) == 0 {
		return none
	}
	return strings.Join(out, ", ")
}
