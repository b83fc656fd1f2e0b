package kinds

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func limitRangeKind() *api.Kind {
	return builtin[*corev1.LimitRange]{
		new: func() *corev1.LimitRange { return &corev1.LimitRange{} }, group: corev1.SchemeGroupVersion,
		kind: "LimitRange", plural: "limitranges", short: []string{"limits"},
		defaults: func(l *corev1.LimitRange) {
			for i := range l.Spec.Limits {
				defaultLimits(&l.Spec.Limits[i])
			}
		},
		validate: validateLimitRange,
		columns:  plainColumns(),
		row:      func(l *corev1.LimitRange, _ time.Time) []any { return []any{l.Name, createdAt(l)} },
	}.build()
}

// defaultLimits: a container's limit defaults to the maximum, its request to the limit and then to the minimum.
func defaultLimits(item *corev1.LimitRangeItem) {
	if item.Type != corev1.LimitTypeContainer {
		return
	}
	fill := func(to *corev1.ResourceList, from corev1.ResourceList) {
		if *to == nil {
			*to = corev1.ResourceList{}
		}
		for name, quantity := range from {
			if _, ok := (*to)[name]; !ok {
				(*to)[name] = quantity.DeepCopy()
			}
		}
	}
	fill(&item.Default, item.Max)
	fill(&item.DefaultRequest, item.Default)
	fill(&item.DefaultRequest, item.Min)
}

func resourceQuotaKind() *api.Kind {
	return builtin[*corev1.ResourceQuota]{
		new: func() *corev1.ResourceQuota { return &corev1.ResourceQuota{} }, group: corev1.SchemeGroupVersion,
		kind: "ResourceQuota", plural: "resourcequotas", short: []string{"quota"}, status: true,
		validate: validateQuota,
		validateUpdate: func(q, old *corev1.ResourceQuota) fieldErrors {
			errs := validateQuota(q)
			if !sameScopes(q.Spec.Scopes, old.Spec.Scopes) {
				errs = append(errs, field.Invalid(field.NewPath("spec", "scopes"), q.Spec.Scopes, "field is immutable"))
			}
			return errs
		},
		columns: columnsOf(
			column("Request", "Request represents a minimum amount of cpu/memory that a container may consume."),
			column("Limit", "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node."),
		),
		row: func(q *corev1.ResourceQuota, now time.Time) []any {
			request, limit := quotaText(q)
			return []any{q.Name, request, limit, ageOf(q, now)}
		},
	}.build()
}

func quotaText(q *corev1.ResourceQuota) (request, limit string) {
	var requests, limits []string
	for _, name := range sortedKeys(byName(q.Status.Hard)) {
		used, hard := q.Status.Used[corev1.ResourceName(name)], q.Status.Hard[corev1.ResourceName(name)]
		text := fmt.Sprintf("%s: %s/%s", name, used.String(), hard.String())
		if strings.HasPrefix(name, "limits") {
			limits = append(limits, text)
		} else {
			requests = append(requests, text)
		}
	}
	return strings.Join(requests, ", "), strings.Join(limits, ", ")
}
