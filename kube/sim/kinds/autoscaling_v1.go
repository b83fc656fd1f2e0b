package kinds

import (
	"fmt"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// oldAutoscalerKind is autoscaling/v1, which knows one metric: the use of CPU. The API server stores its objects as v2.
func oldAutoscalerKind() *api.Kind {
	type autoscaler = autoscalingv1.HorizontalPodAutoscaler
	return builtin[*autoscaler]{
		new: func() *autoscaler { return &autoscaler{} }, group: autoscalingv1.SchemeGroupVersion,
		kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", short: []string{"hpa"}, categories: inAll(), status: true,
		defaults: func(a *autoscaler) { setDefault(&a.Spec.MinReplicas, 1) },
		validate: func(a *autoscaler) fieldErrors {
			ref := a.Spec.ScaleTargetRef
			errs := validateScaling(a.Spec.MinReplicas, a.Spec.MaxReplicas, ref.Kind, ref.Name)
			if target := a.Spec.TargetCPUUtilizationPercentage; target != nil && *target < 1 {
				errs = append(errs, field.Invalid(field.NewPath("spec", "targetCPUUtilizationPercentage"), *target, "must be greater than 0"))
			}
			return errs
		},
		columns: autoscalerColumns(),
		row: func(a *autoscaler, now time.Time) []any {
			targets := none
			if target := a.Spec.TargetCPUUtilizationPercentage; target != nil {
				targets = fmt.Sprintf("cpu: %s/%d%%", unknown, *target)
			}
			return []any{
				a.Name, a.Spec.ScaleTargetRef.Kind + "/" + a.Spec.ScaleTargetRef.Name, targets, fmt.Sprint(ptr.Deref(a.Spec.MinReplicas, 1)),
				int64(a.Spec.MaxReplicas), int64(a.Status.CurrentReplicas), ageOf(a, now),
			}
		},
	}.build()
}
