package kinds

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateQuota(q *corev1.ResourceQuota) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	for _, name := range sortedKeys(byName(q.Spec.Hard)) {
		key := at.Child("hard").Key(name)
		errs = append(errs, validateQuotaName(corev1.ResourceName(name), key)...)
		errs = append(errs, validateQuotaAmount(name, q.Spec.Hard[corev1.ResourceName(name)], key)...)
	}
	errs = append(errs, validateScopes(&q.Spec, at.Child("scopes"))...)
	if q.Spec.ScopeSelector != nil {
		errs = append(errs, validateScopeSelector(&q.Spec, at.Child("scopeSelector", "matchExpressions"))...)
	}
	return errs
}

func validateQuotaAmount(name string, quantity resource.Quantity, at *field.Path) fieldErrors {
	var errs fieldErrors
	if quantity.Sign() < 0 {
		errs = append(errs, field.Invalid(at, quantity.String(), "must be greater than or equal to 0"))
	}
	if slices.Contains(countedResources(), corev1.ResourceName(name)) && quantity.MilliValue()%1000 != 0 {
		errs = append(errs, field.Invalid(at, quantity, "must be an integer"))
	}
	return errs
}

// validateQuotaName checks what may be limited: Kubernetes' own resources, or any with a domain.
func validateQuotaName(name corev1.ResourceName, at *field.Path) fieldErrors {
	errs := invalidFor(string(name), at, validation.IsQualifiedName(string(name)))
	if strings.Contains(string(name), "/") {
		return errs
	}
	standard := slices.Contains(quotaResources(), name) ||
		strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix) || strings.HasPrefix(string(name), corev1.ResourceRequestsHugePagesPrefix)
	if len(errs) == 0 && !standard && name != corev1.ResourceStorage {
		errs = append(errs, field.Invalid(at, name, "must be a standard resource type or fully qualified"))
	}
	if !standard {
		errs = append(errs, field.Invalid(at, name, "must be a standard resource for quota"))
	}
	return errs
}

// countedResources are the ones that come in whole numbers.
func countedResources() []corev1.ResourceName {
	return []corev1.ResourceName{
		corev1.ResourcePods, corev1.ResourceQuotas, corev1.ResourceServices, corev1.ResourceReplicationControllers, corev1.ResourceSecrets,
		corev1.ResourceConfigMaps, corev1.ResourcePersistentVolumeClaims, corev1.ResourceServicesNodePorts, corev1.ResourceServicesLoadBalancers,
	}
}

// computeResources are the ones that pods ask for.
func computeResources() []corev1.ResourceName {
	return []corev1.ResourceName{
		corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory,
		corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory,
	}
}

func quotaResources() []corev1.ResourceName {
	return slices.Concat(countedResources(), computeResources(), []corev1.ResourceName{
		corev1.ResourceEphemeralStorage, corev1.ResourceRequestsEphemeralStorage, corev1.ResourceLimitsEphemeralStorage, corev1.ResourceRequestsStorage,
	})
}

// scopeResources are the resources that a quota with a scope may limit; false is an unknown scope, which may limit any.
func scopeResources(scope corev1.ResourceQuotaScope) ([]corev1.ResourceName, bool) {
	switch scope {
	case corev1.ResourceQuotaScopeBestEffort:
		return []corev1.ResourceName{corev1.ResourcePods}, true
	case corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating, corev1.ResourceQuotaScopeNotBestEffort,
		corev1.ResourceQuotaScopePriorityClass, corev1.ResourceQuotaScopeCrossNamespacePodAffinity:
		return append(computeResources(), corev1.ResourcePods), true
	case corev1.ResourceQuotaScopeVolumeAttributesClass:
		return []corev1.ResourceName{corev1.ResourcePersistentVolumeClaims, corev1.ResourceRequestsStorage}, true
	}
	return nil, false
}

// unsupported counts the resources that a quota may not limit with a scope.
func unsupported(spec *corev1.ResourceQuotaSpec, scope corev1.ResourceQuotaScope) int {
	allowed, known := scopeResources(scope)
	n := 0
	for name := range spec.Hard {
		if known && slices.Contains(quotaResources(), name) && !slices.Contains(allowed, name) {
			n++
		}
	}
	return n
}

func validateScopes(spec *corev1.ResourceQuotaSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, scope := range spec.Scopes {
		if _, known := scopeResources(scope); !known {
			errs = append(errs, field.Invalid(at, spec.Scopes, "unsupported scope"))
		}
		for range unsupported(spec, scope) {
			errs = append(errs, field.Invalid(at, spec.Scopes, "unsupported scope applied to resource"))
		}
	}
	return append(errs, conflictingScopes(spec, spec.Scopes, at)...)
}

func conflictingScopes(spec *corev1.ResourceQuotaSpec, scopes []corev1.ResourceQuotaScope, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, pair := range [][2]corev1.ResourceQuotaScope{
		{corev1.ResourceQuotaScopeBestEffort, corev1.ResourceQuotaScopeNotBestEffort},
		{corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating},
	} {
		if slices.Contains(scopes, pair[0]) && slices.Contains(scopes, pair[1]) {
			errs = append(errs, field.Invalid(at, spec.Scopes, "conflicting scopes"))
		}
	}
	return errs
}

func validateScopeSelector(spec *corev1.ResourceQuotaSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	var scopes []corev1.ResourceQuotaScope
	for _, r := range spec.ScopeSelector.MatchExpressions {
		scopes = append(scopes, r.ScopeName)
		if _, known := scopeResources(r.ScopeName); !known {
			errs = append(errs, field.Invalid(at.Child("scopeName"), r.ScopeName, "unsupported scope"))
		}
		for range unsupported(spec, r.ScopeName) {
			errs = append(errs, field.Invalid(at, spec.ScopeSelector, "unsupported scope applied to resource"))
		}
		errs = append(errs, validateScopeOperator(r, at)...)
	}
	return append(errs, conflictingScopes(spec, scopes, at)...)
}

func validateScopeOperator(r corev1.ScopedResourceSelectorRequirement, at *field.Path) fieldErrors {
	var errs fieldErrors
	switch r.ScopeName {
	case corev1.ResourceQuotaScopePriorityClass, corev1.ResourceQuotaScopeVolumeAttributesClass:
	default:
		if _, known := scopeResources(r.ScopeName); known && r.Operator != corev1.ScopeSelectorOpExists {
			errs = append(errs, field.Invalid(at.Child("operator"), r.Operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "+
				"ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"))
		}
	}
	switch r.Operator {
	case corev1.ScopeSelectorOpIn, corev1.ScopeSelectorOpNotIn:
		if len(r.Values) == 0 {
			errs = append(errs, field.Required(at.Child("values"), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
		}
	case corev1.ScopeSelectorOpExists, corev1.ScopeSelectorOpDoesNotExist:
		if len(r.Values) > 0 {
			errs = append(errs, field.Invalid(at.Child("values"), r.Values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
		}
	default:
		errs = append(errs, field.Invalid(at.Child("operator"), r.Operator, "not a valid selector operator"))
	}
	return errs
}

func sameScopes(a, b []corev1.ResourceQuotaScope) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
