package kinds

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The rules by which kube-apiserver checks what policies and bindings match (pkg/apis/admissionregistration/validation).

// validateConstraints checks a policy's matchConstraints, which must say of which kinds its objects are.
func validateConstraints(m *admissionv1.MatchResources, at *field.Path) fieldErrors {
	if m == nil {
		return fieldErrors{field.Required(at, "")}
	}
	errs := validateMatch(m, at)
	if len(m.ResourceRules) == 0 {
		errs = append(errs, field.Required(at.Child("resourceRules"), ""))
	}
	return errs
}

func validateMatch(m *admissionv1.MatchResources, at *field.Path) fieldErrors {
	errs := mustBe(m.MatchPolicy, at.Child("matchPolicy"), admissionv1.Equivalent, admissionv1.Exact)
	errs = append(errs, validateSelector(m.NamespaceSelector, at.Child("namespaceSelector"))...)
	errs = append(errs, validateSelector(m.ObjectSelector, at.Child("objectSelector"))...)
	for i := range m.ResourceRules {
		errs = append(errs, validateNamedRule(&m.ResourceRules[i], at.Child("resourceRules").Index(i))...)
	}
	for i := range m.ExcludeResourceRules {
		errs = append(errs, validateNamedRule(&m.ExcludeResourceRules[i], at.Child("excludeResourceRules").Index(i))...)
	}
	return errs
}

// mustBe checks a field that must be there and have one of some values.
func mustBe[T ~string](value *T, at *field.Path, known ...T) fieldErrors {
	switch {
	case value == nil:
		return fieldErrors{field.Required(at, "")}
	case !slices.Contains(known, *value):
		return fieldErrors{field.NotSupported(at, *value, known)}
	}
	return nil
}

func validateSelector(s *metav1.LabelSelector, at *field.Path) fieldErrors {
	if s == nil {
		return fieldErrors{field.Required(at, "")}
	}
	return metav1validation.ValidateLabelSelector(s, metav1validation.LabelSelectorValidationOptions{}, at)
}

func validateNamedRule(r *admissionv1.NamedRuleWithOperations, at *field.Path) fieldErrors {
	var errs fieldErrors
	names := sets.New[string]()
	for i, name := range r.ResourceNames {
		for _, msg := range path.ValidatePathSegmentName(name, false) {
			errs = append(errs, field.Invalid(at.Child("resourceNames").Index(i), name, msg))
		}
		if names.Has(name) {
			errs = append(errs, field.Duplicate(at.Child("resourceNames").Index(i), name))
		}
		names.Insert(name)
	}
	return append(errs, validateRule(&r.RuleWithOperations, at)...)
}

func validateRule(r *admissionv1.RuleWithOperations, at *field.Path) fieldErrors {
	errs := alone(r.Operations, at.Child("operations"), "operations")
	for i := range r.Operations {
		errs = append(errs, mustBe(&r.Operations[i], at.Child("operations").Index(i),
			admissionv1.OperationAll, admissionv1.Connect, admissionv1.Create, admissionv1.Delete, admissionv1.Update)...)
	}
	errs = append(errs, alone(r.APIGroups, at.Child("apiGroups"), "API groups")...)
	errs = append(errs, alone(r.APIVersions, at.Child("apiVersions"), "API versions")...)
	for i, version := range r.APIVersions {
		if version == "" {
			errs = append(errs, field.Required(at.Child("apiVersions").Index(i), ""))
		}
	}
	errs = append(errs, validateRuleResources(r.Resources, at.Child("resources"))...)
	if r.Scope != nil {
		errs = append(errs, mustBe(r.Scope, at.Child("scope"), admissionv1.AllScopes, admissionv1.ClusterScope, admissionv1.NamespacedScope)...)
	}
	return errs
}

// alone checks a list that must not be empty, and in which * stands for itself.
func alone[T ~string](list []T, at *field.Path, what string) fieldErrors {
	switch {
	case len(list) == 0:
		return fieldErrors{field.Required(at, "")}
	case len(list) > 1 && slices.Contains(list, "*"):
		return fieldErrors{field.Invalid(at, list, "if '*' is present, must not specify other "+what)}
	}
	return nil
}

// validateRuleResources reads pods, pods/status, pods/*, */scale, * and */*, and refuses what is said twice.
func validateRuleResources(resources []string, at *field.Path) fieldErrors {
	var errs fieldErrors
	if len(resources) == 0 {
		errs = append(errs, field.Required(at, ""))
	}
	allOf, everywhere := sets.New[string](), sets.New[string]() // x of x/*, y of */y
	var plain bool
	for i, name := range resources {
		if name == "" {
			errs = append(errs, field.Required(at.Index(i), ""))
			continue
		}
		resource, sub, isSub := strings.Cut(name, "/")
		if !isSub {
			plain = name != "*"
			continue
		}
		if allOf.Has(resource) {
			errs = append(errs, field.Invalid(at.Index(i), name, fmt.Sprintf("if '%s/*' is present, must not specify %s", resource, name)))
		}
		if everywhere.Has(sub) {
			errs = append(errs, field.Invalid(at.Index(i), name, fmt.Sprintf("if '*/%s' is present, must not specify %s", sub, name)))
		}
		if sub == "*" {
			allOf.Insert(resource)
		}
		if resource == "*" {
			everywhere.Insert(sub)
		}
	}
	if len(resources) > 1 && slices.Contains(resources, "*/*") {
		errs = append(errs, field.Invalid(at, resources, "if '*/*' is present, must not specify other resources"))
	}
	if slices.Contains(resources, "*") && plain {
		errs = append(errs, field.Invalid(at, resources, "if '*' is present, must not specify other resources without subresources"))
	}
	return errs
}
