package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func byName(list corev1.ResourceList) map[string]resource.Quantity {
	out := make(map[string]resource.Quantity, len(list))
	for name, quantity := range list {
		out[string(name)] = quantity
	}
	return out
}

func validateResourceList(list corev1.ResourceList, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, name := range sortedKeys(byName(list)) {
		errs = append(errs, validateQuantity(name, list[corev1.ResourceName(name)], at)...)
	}
	return errs
}

// validateQuantity checks one entry of a container's limits or requests: a standard resource, or one with a domain.
func validateQuantity(name string, quantity resource.Quantity, at *field.Path) fieldErrors {
	errs := invalidFor(name, at.Key(name), validation.IsQualifiedName(name))
	if len(errs) == 0 && !strings.Contains(name, "/") && !standardContainerResource(name) {
		errs = append(errs, field.Invalid(at.Key(name), name, "must be a standard resource type or fully qualified"),
			field.Invalid(at.Key(name), name, "must be a standard resource for containers"))
	}
	if quantity.Cmp(resource.Quantity{}) < 0 {
		errs = append(errs, field.Invalid(at.Key(name), quantity.String(), "must be greater than or equal to 0"))
	}
	return errs
}

func standardContainerResource(name string) bool {
	switch corev1.ResourceName(name) {
	case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		return true
	}
	return strings.HasPrefix(name, corev1.ResourceHugePagesPrefix)
}
