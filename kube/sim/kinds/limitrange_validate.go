package kinds

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateLimitRange follows ValidateLimitRange of k8s.io/kubernetes/pkg/apis/core/validation.
func validateLimitRange(l *corev1.LimitRange) fieldErrors {
	var errs fieldErrors
	var seen []corev1.LimitType
	for i, item := range l.Spec.Limits {
		at := field.NewPath("spec", "limits").Index(i)
		errs = append(errs, validateLimitType(item.Type, at.Child("type"))...)
		if slices.Contains(seen, item.Type) {
			errs = append(errs, field.Duplicate(at.Child("type"), item.Type))
		}
		seen = append(seen, item.Type)
		errs = append(errs, validateLimitNames(item, at)...)
		for _, name := range limitedResources(item) {
			errs = append(errs, validateLimit(item, name, at)...)
		}
	}
	return errs
}

func validateLimitType(of corev1.LimitType, at *field.Path) fieldErrors {
	errs := invalidFor(string(of), at, validation.IsQualifiedName(string(of)))
	standard := of == corev1.LimitTypePod || of == corev1.LimitTypeContainer || of == corev1.LimitTypePersistentVolumeClaim
	if len(errs) == 0 && !standard && !strings.Contains(string(of), "/") {
		errs = append(errs, field.Invalid(at, of, "must be a standard limit type or fully qualified"))
	}
	return errs
}

// validateLimitNames checks which resources an item speaks of, and where.
func validateLimitNames(item corev1.LimitRangeItem, at *field.Path) fieldErrors {
	var errs fieldErrors
	check := func(list corev1.ResourceList, part string) {
		for _, name := range sortedKeys(byName(list)) {
			errs = append(errs, validateLimitName(item.Type, name, at.Child(part).Key(name))...)
		}
	}
	check(item.Max, "max")
	check(item.Min, "min")
	if item.Type == corev1.LimitTypePod {
		if len(item.Default) > 0 {
			errs = append(errs, field.Forbidden(at.Child("default"), "may not be specified when `type` is 'Pod'"))
		}
		if len(item.DefaultRequest) > 0 {
			errs = append(errs, field.Forbidden(at.Child("defaultRequest"), "may not be specified when `type` is 'Pod'"))
		}
	} else {
		check(item.Default, "default")
		check(item.DefaultRequest, "defaultRequest")
	}
	if item.Type == corev1.LimitTypePersistentVolumeClaim {
		_, least := item.Min[corev1.ResourceStorage]
		_, most := item.Max[corev1.ResourceStorage]
		if !least && !most {
			errs = append(errs, field.Required(at.Child("limits"), "either minimum or maximum storage value is required, but neither was provided"))
		}
	}
	check(item.MaxLimitRequestRatio, "maxLimitRequestRatio")
	return errs
}

func validateLimitName(of corev1.LimitType, name string, at *field.Path) fieldErrors {
	errs := invalidFor(name, at, validation.IsQualifiedName(name))
	if len(errs) > 0 || strings.Contains(name, "/") {
		return errs
	}
	switch {
	case of != corev1.LimitTypePod && of != corev1.LimitTypeContainer:
		if !slices.Contains(quotaResources(), corev1.ResourceName(name)) && name != string(corev1.ResourceStorage) {
			errs = append(errs, field.Invalid(at, name, "must be a standard resource type or fully qualified"))
		}
	case !standardContainerResource(name):
		if !slices.Contains(quotaResources(), corev1.ResourceName(name)) && name != string(corev1.ResourceStorage) {
			errs = append(errs, field.Invalid(at, name, "must be a standard resource type or fully qualified"))
		}
		errs = append(errs, field.Invalid(at, name, "must be a standard resource for containers"))
	}
	return errs
}

// limitedResources names what an item says anything about.
func limitedResources(item corev1.LimitRangeItem) []corev1.ResourceName {
	all := map[string]bool{}
	for _, list := range []corev1.ResourceList{item.Min, item.Max, item.Default, item.DefaultRequest, item.MaxLimitRequestRatio} {
		for name := range list {
			all[string(name)] = true
		}
	}
	var out []corev1.ResourceName
	for _, name := range sortedKeys(all) {
		out = append(out, corev1.ResourceName(name))
	}
	return out
}

// validateLimit compares what an item says about one resource: min, then the default request, the default limit, max.
func validateLimit(item corev1.LimitRangeItem, name corev1.ResourceName, at *field.Path) fieldErrors {
	var errs fieldErrors
	of := map[string]corev1.ResourceList{"min": item.Min, "max": item.Max}
	if item.Type != corev1.LimitTypePod {
		of["default"], of["defaultRequest"] = item.Default, item.DefaultRequest
	}
	// The value that is shown is not always the one of the field that is blamed.
	for _, rule := range []struct{ low, lowText, high, highText, blamed, shown string }{
		{"min", "min", "max", "max", "min", "min"},
		{"min", "min", "defaultRequest", "default request", "defaultRequest", "defaultRequest"},
		{"defaultRequest", "default request", "max", "max", "defaultRequest", "defaultRequest"},
		{"defaultRequest", "default request", "default", "default limit", "defaultRequest", "defaultRequest"},
		{"min", "min", "default", "default", "default", "min"},
		{"default", "default", "max", "max", "default", "max"},
	} {
		low, hasLow := of[rule.low][name]
		high, hasHigh := of[rule.high][name]
		if hasLow && hasHigh && low.Cmp(high) > 0 {
			shown := of[rule.shown][name]
			errs = append(errs, field.Invalid(at.Child(rule.blamed).Key(string(name)), shown.String(),
				fmt.Sprintf("%s value %s is greater than %s value %s", rule.lowText, low.String(), rule.highText, high.String())))
		}
	}
	return append(errs, validateRatio(item, name, at.Child("maxLimitRequestRatio").Key(string(name)))...)
}

func validateRatio(item corev1.LimitRangeItem, name corev1.ResourceName, at *field.Path) fieldErrors {
	ratio, ok := item.MaxLimitRequestRatio[name]
	if !ok {
		return nil
	}
	var errs fieldErrors
	if ratio.Cmp(*resource.NewQuantity(1, resource.DecimalSI)) < 0 {
		errs = append(errs, field.Invalid(at, ratio.String(), fmt.Sprintf("ratio %s is less than 1", ratio.String())))
	}
	least, hasLeast := item.Min[name]
	most, hasMost := item.Max[name]
	if limit := most.AsApproximateFloat64() / least.AsApproximateFloat64(); hasLeast && hasMost && ratio.AsApproximateFloat64() > limit {
		errs = append(errs, field.Invalid(at, ratio.String(), fmt.Sprintf("ratio %s is greater than max/min = %f", ratio.String(), limit)))
	}
	return errs
}
