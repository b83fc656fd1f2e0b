package kinds

import (
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	requiredTerms  = "requiredDuringSchedulingIgnoredDuringExecution"
	preferredTerms = "preferredDuringSchedulingIgnoredDuringExecution"
)

func validateAffinity(a *corev1.Affinity, at *field.Path) fieldErrors {
	if a == nil {
		return nil
	}
	errs := validateNodeAffinity(a.NodeAffinity, at.Child("nodeAffinity"))
	if pods := a.PodAffinity; pods != nil {
		errs = append(errs, validatePodTerms(pods.RequiredDuringSchedulingIgnoredDuringExecution,
			pods.PreferredDuringSchedulingIgnoredDuringExecution, at.Child("podAffinity"))...)
	}
	if pods := a.PodAntiAffinity; pods != nil {
		errs = append(errs, validatePodTerms(pods.RequiredDuringSchedulingIgnoredDuringExecution,
			pods.PreferredDuringSchedulingIgnoredDuringExecution, at.Child("podAntiAffinity"))...)
	}
	return errs
}

func validateNodeAffinity(a *corev1.NodeAffinity, at *field.Path) fieldErrors {
	if a == nil {
		return nil
	}
	var errs fieldErrors
	if required := a.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
		errs = append(errs, validateNodeSelector(required, at.Child(requiredTerms))...)
	}
	for i, term := range a.PreferredDuringSchedulingIgnoredDuringExecution {
		at := at.Child(preferredTerms).Index(i)
		errs = append(errs, validWeight(term.Weight, at.Child("weight"))...)
		errs = append(errs, validateNodeTerm(&term.Preference, at.Child("preference"))...)
	}
	return errs
}

func validWeight(weight int32, at *field.Path) fieldErrors {
	if weight < 1 || weight > 100 {
		return fieldErrors{field.Invalid(at, weight, "must be in the range 1-100")}
	}
	return nil
}

func validateNodeSelector(s *corev1.NodeSelector, at *field.Path) fieldErrors {
	terms := at.Child("nodeSelectorTerms")
	if len(s.NodeSelectorTerms) == 0 {
		return fieldErrors{field.Required(terms, "must have at least one node selector term")}
	}
	var errs fieldErrors
	for i := range s.NodeSelectorTerms {
		errs = append(errs, validateNodeTerm(&s.NodeSelectorTerms[i], terms.Index(i))...)
	}
	return errs
}

func validateNodeTerm(term *corev1.NodeSelectorTerm, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, want := range term.MatchExpressions {
		errs = append(errs, validateNodeExpression(want, at.Child("matchExpressions").Index(i))...)
	}
	for i, want := range term.MatchFields {
		errs = append(errs, validateNodeField(want, at.Child("matchFields").Index(i))...)
	}
	return errs
}

func validateNodeExpression(want corev1.NodeSelectorRequirement, at *field.Path) fieldErrors {
	var errs fieldErrors
	switch want.Operator {
	case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
		if len(want.Values) == 0 {
			errs = append(errs, field.Required(at.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'"))
		}
	case corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist:
		if len(want.Values) > 0 {
			errs = append(errs, field.Forbidden(at.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
		}
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		if len(want.Values) != 1 {
			errs = append(errs, field.Required(at.Child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"))
		}
	default:
		errs = append(errs, field.Invalid(at.Child("operator"), want.Operator, "not a valid selector operator"))
	}
	errs = append(errs, metav1validation.ValidateLabelName(want.Key, at.Child("key"))...)
	for i, value := range want.Values {
		errs = append(errs, invalidFor(value, at.Child("values").Index(i), validation.IsValidLabelValue(value))...)
	}
	return errs
}

// validateNodeField checks a requirement on fields: there is one field, and it has one value.
func validateNodeField(want corev1.NodeSelectorRequirement, at *field.Path) fieldErrors {
	var errs fieldErrors
	switch want.Operator {
	case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
		if len(want.Values) != 1 {
			errs = append(errs, field.Required(at.Child("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
		}
	default:
		errs = append(errs, field.Invalid(at.Child("operator"), want.Operator, "not a valid selector operator"))
	}
	if want.Key != metav1.ObjectNameField {
		return append(errs, field.Invalid(at.Child("key"), want.Key, "not a valid field selector key"))
	}
	for i, value := range want.Values {
		errs = append(errs, invalidFor(value, at.Child("values").Index(i), apivalidation.NameIsDNSSubdomain(value, false))...)
	}
	return errs
}

func validatePodTerms(required []corev1.PodAffinityTerm, preferred []corev1.WeightedPodAffinityTerm, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i := range required {
		errs = append(errs, validatePodTerm(&required[i], at.Child(requiredTerms).Index(i))...)
	}
	for i := range preferred {
		at := at.Child(preferredTerms).Index(i)
		errs = append(errs, validWeight(preferred[i].Weight, at.Child("weight"))...)
		errs = append(errs, validatePodTerm(&preferred[i].PodAffinityTerm, at.Child("podAffinityTerm"))...)
	}
	return errs
}

func validatePodTerm(term *corev1.PodAffinityTerm, at *field.Path) fieldErrors {
	options := metav1validation.LabelSelectorValidationOptions{}
	errs := metav1validation.ValidateLabelSelector(term.LabelSelector, options, at.Child("labelSelector"))
	errs = append(errs, metav1validation.ValidateLabelSelector(term.NamespaceSelector, options, at.Child("namespaceSelector"))...)
	for _, name := range term.Namespaces {
		errs = append(errs, invalidFor(name, at.Child("namespace"), validation.IsDNS1123Label(name))...)
	}
	if term.TopologyKey == "" {
		errs = append(errs, field.Required(at.Child("topologyKey"), "can not be empty"))
	}
	return append(errs, metav1validation.ValidateLabelName(term.TopologyKey, at.Child("topologyKey"))...)
}
