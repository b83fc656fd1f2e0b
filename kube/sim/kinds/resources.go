package kinds

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
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
		errs = append(errs, standardErrors(name, at.Key(name))...)
	}
	if quantity.Sign() < 0 {
		errs = append(errs, field.Invalid(at.Key(name), quantity.String(), "must be greater than or equal to 0"))
	}
	if strings.Contains(name, "/") && !native(name) && quantity.MilliValue()%1000 != 0 {
		errs = append(errs, field.Invalid(at.Key(name), quantity.String(), "must be an integer"))
	}
	if page, ok := strings.CutPrefix(name, corev1.ResourceHugePagesPrefix); ok {
		errs = append(errs, validateHugePages(name, page, quantity, at)...)
	}
	return errs
}

func standardErrors(name string, at *field.Path) fieldErrors {
	forContainers := field.Invalid(at, name, "must be a standard resource for containers")
	if corev1.ResourceName(name) == corev1.ResourceStorage {
		return fieldErrors{forContainers}
	}
	return fieldErrors{field.Invalid(at, name, "must be a standard resource type or fully qualified"), forContainers}
}

// validateHugePages wants whole pages.
func validateHugePages(name, page string, quantity resource.Quantity, at *field.Path) fieldErrors {
	size, err := resource.ParseQuantity(page)
	if err != nil || size.Sign() <= 0 || quantity.Value()%size.Value() == 0 {
		return nil
	}
	return fieldErrors{field.Invalid(at.Key(name), quantity.String(), fmt.Sprintf("%s is not positive integer multiple of %s", quantity.String(), name))}
}

// native resources are those of Kubernetes itself.
func native(name string) bool {
	return !strings.Contains(name, "/") || strings.Contains(name, corev1.ResourceDefaultNamespacePrefix)
}

// overcommits says whether the requests for a resource may be below its limit, or without one.
func overcommits(name string) bool {
	return native(name) && !strings.HasPrefix(name, corev1.ResourceHugePagesPrefix)
}

// validateResources checks what a container asks for, and that the claims it names are the pod's.
func validateResources(r *corev1.ResourceRequirements, claims sets.Set[string], at *field.Path) fieldErrors {
	errs := validateResourceList(r.Limits, at.Child("limits"))
	for _, name := range sortedKeys(byName(r.Requests)) {
		request := r.Requests[corev1.ResourceName(name)]
		limit, limited := r.Limits[corev1.ResourceName(name)]
		wrong := validateQuantity(name, request, at.Child("requests"))
		switch {
		case !limited && !overcommits(name):
			errs = append(errs, field.Required(at.Child("limits"), "Limit must be set for non overcommitable resources"))
		case limited && !overcommits(name) && request.Cmp(limit) != 0:
			wrong = append(wrong, field.Invalid(at.Child("requests"), request.String(), fmt.Sprintf("must be equal to %s limit of %s", name, limit.String())))
		case limited && request.Cmp(limit) > 0:
			wrong = append(wrong, field.Invalid(at.Child("requests"), request.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
		}
		errs = append(errs, wrong...)
	}
	if wantsHugePages(r) {
		errs = append(errs, field.Forbidden(at, "HugePages require cpu or memory"))
	}
	return append(errs, validateClaimRefs(r.Claims, claims, at.Child("claims"))...)
}

// wantsHugePages says that a container asks for them and for nothing to use them with.
func wantsHugePages(r *corev1.ResourceRequirements) bool {
	huge, usable := false, false
	for _, list := range []corev1.ResourceList{r.Limits, r.Requests} {
		for name := range list {
			huge = huge || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
			usable = usable || name == corev1.ResourceCPU || name == corev1.ResourceMemory
		}
	}
	return huge && !usable
}

func validateClaimRefs(refs []corev1.ResourceClaim, claims sets.Set[string], at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, ref := range refs {
		at := at.Index(i)
		switch {
		case ref.Name == "":
			errs = append(errs, field.Required(at, ""))
		case !claims.Has(ref.Name):
			err := field.NotFound(at, ref.Name)
			err.Detail = "must be one of the names in pod.spec.resourceClaims"
			if len(claims) == 0 {
				err.Detail += " which is empty"
			} else {
				err.Detail += ": " + strings.Join(sets.List(claims), ", ")
			}
			errs = append(errs, err)
		}
	}
	return errs
}

// validateResizePolicy: what happens to a container whose resources change.
func validateResizePolicy(policies []corev1.ContainerResizePolicy, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, p := range policies {
		errs = append(errs, oneOf(p.ResourceName, at, corev1.ResourceCPU, corev1.ResourceMemory)...)
		errs = append(errs, oneOf(p.RestartPolicy, at, corev1.NotRequired, corev1.RestartContainer)...)
	}
	return errs
}

// validatePodResources checks what a pod asks for as a whole, which is cpu, memory and huge pages only.
func validatePodResources(r *corev1.ResourceRequirements, at *field.Path) fieldErrors {
	if r == nil {
		return nil
	}
	var errs fieldErrors
	for _, list := range []struct {
		name string
		of   corev1.ResourceList
	}{{"limits", r.Limits}, {"requests", r.Requests}} {
		for _, name := range sortedKeys(byName(list.of)) {
			request, at := list.of[corev1.ResourceName(name)], at.Child(list.name)
			if name != "cpu" && name != "memory" && !strings.HasPrefix(name, corev1.ResourceHugePagesPrefix) {
				errs = append(errs, field.NotSupported(at.Key(name), name, []string{"cpu", "hugepages-", "memory"}))
				continue
			}
			errs = append(errs, validateQuantity(name, request, at)...)
			limit, limited := r.Limits[corev1.ResourceName(name)]
			if limited && list.name == "requests" && request.Cmp(limit) > 0 {
				errs = append(errs, field.Invalid(at, request.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
			}
		}
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
