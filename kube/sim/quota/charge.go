package quota

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"
)

// Charge returns what the quota's status.used would be with obj in place of old, which is nil for a new object. The
// second result says whether that differs from what it is. It returns an error in kube-apiserver's words when the quota
// does not allow obj.
func (k Kind) Charge(q *corev1.ResourceQuota, obj, old *unstructured.Unstructured) (corev1.ResourceList, bool, error) {
	limited := k.names(quotav1.ResourceNames(q.Status.Hard))
	if len(limited) == 0 {
		return nil, false, nil
	}
	if in, err := k.inScope(q, obj); err != nil || !in {
		return nil, false, err
	}
	if err := k.complete(q, limited, obj); err != nil {
		return nil, false, err
	}
	added, err := k.added(q, obj, old)
	if err != nil || len(added) == 0 {
		return nil, false, err
	}
	requested := quotav1.Mask(added, quotav1.ResourceNames(q.Status.Hard))
	used := quotav1.Add(q.Status.Used, requested)
	if fits, exceeded := quotav1.LessThanOrEqual(quotav1.Mask(used, quotav1.ResourceNames(requested)), q.Status.Hard); !fits {
		part := func(l corev1.ResourceList) string { return text(quotav1.Mask(l, exceeded)) }
		return nil, false, fmt.Errorf("exceeded quota: %s, requested: %s, used: %s, limited: %s",
			q.Name, part(requested), part(q.Status.Used), part(q.Status.Hard))
	}
	return used, len(requested) > 0, nil
}

// complete checks that the object says what the quota must know, and that the quota knows what is used already.
func (k Kind) complete(q *corev1.ResourceQuota, limited []corev1.ResourceName, obj *unstructured.Unstructured) error {
	if k.required != nil {
		if err := k.required(limited, obj); err != nil {
			return fmt.Errorf("failed quota: %s: %w", q.Name, err)
		}
	}
	for _, name := range limited {
		if _, ok := q.Status.Used[name]; !ok {
			return fmt.Errorf("status unknown for quota: %s, resources: %s", q.Name, names(limited))
		}
	}
	return nil
}

// added is what obj uses more than old.
func (k Kind) added(q *corev1.ResourceQuota, obj, old *unstructured.Unstructured) (corev1.ResourceList, error) {
	usage, err := k.usage(obj)
	if err != nil {
		return nil, err
	}
	if negative := quotav1.IsNegative(usage); len(negative) > 0 {
		return nil, fmt.Errorf("quota usage is negative for resource(s): %s", names(negative))
	}
	if old == nil {
		return quotav1.RemoveZeros(usage), nil
	}
	charged, err := k.inScope(q, old)
	if err != nil || !charged {
		return quotav1.RemoveZeros(usage), err
	}
	before, err := k.usage(old)
	if err != nil {
		return nil, err
	}
	return quotav1.RemoveZeros(quotav1.SubtractWithNonNegativeResult(usage, before)), nil
}

// text prints quantities as the messages of quotas do.
func text(l corev1.ResourceList) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		quantity := l[name]
		out = append(out, fmt.Sprintf("%s=%s", name, quantity.String()))
	}
	return strings.Join(out, ",")
}

func names(all []corev1.ResourceName) string {
	var out []string
	for _, name := range slices.Sorted(slices.Values(all)) {
		out = append(out, string(name))
	}
	return strings.Join(out, ",")
}
