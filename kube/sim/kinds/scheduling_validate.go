package kinds

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateTolerations(tolerations []corev1.Toleration, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, t := range tolerations {
		at := at.Index(i)
		if t.Key != "" {
			errs = append(errs, metav1validation.ValidateLabelName(t.Key, at.Child("key"))...)
		} else if t.Operator != corev1.TolerationOpExists {
			errs = append(errs, field.Invalid(at.Child("operator"), t.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
		}
		if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
			errs = append(errs, field.Invalid(at.Child("effect"), t.Effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
		}
		errs = append(errs, validateTolerated(t, at.Child("operator"))...)
		if t.Effect != "" {
			errs = append(errs, oneOf(t.Effect, at.Child("effect"),
				corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute)...)
		}
	}
	return errs
}

// validateTolerated checks operator and value, both under the operator's path. Lt and Gt are known to the server, and
// refused while their feature is off.
func validateTolerated(t corev1.Toleration, at *field.Path) fieldErrors {
	equals, exists := corev1.TolerationOpEqual, corev1.TolerationOpExists
	switch t.Operator {
	case equals, "":
		if messages := validation.IsValidLabelValue(t.Value); len(messages) > 0 {
			return fieldErrors{field.Invalid(at, t.Value, strings.Join(messages, ";"))}
		}
		return nil
	case exists:
		if t.Value != "" {
			return fieldErrors{field.Invalid(at, t.Value, "value must be empty when `operator` is 'Exists'")}
		}
		return nil
	case corev1.TolerationOpLt, corev1.TolerationOpGt:
		return fieldErrors{field.NotSupported(at, t.Operator, []corev1.TolerationOperator{equals, exists, corev1.TolerationOpLt, corev1.TolerationOpGt})}
	}
	return fieldErrors{field.NotSupported(at, t.Operator, []corev1.TolerationOperator{equals, exists})}
}

func validateGates(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, gate := range spec.ReadinessGates {
		errs = append(errs, validQualified(string(gate.ConditionType), at.Child("readinessGates").Index(i).Child("conditionType"))...)
	}
	seen := sets.New[string]()
	for i, gate := range spec.SchedulingGates {
		at := at.Child("schedulingGates").Index(i)
		errs = append(errs, validQualified(gate.Name, at)...)
		if seen.Has(gate.Name) {
			errs = append(errs, field.Duplicate(at, gate.Name))
		}
		seen.Insert(gate.Name)
	}
	return errs
}

func validQualified(name string, at *field.Path) fieldErrors {
	return invalidFor(name, at, validation.IsQualifiedName(name))
}

func validateSpread(constraints []corev1.TopologySpreadConstraint, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i := range constraints {
		c, at := &constraints[i], at.Index(i)
		if c.MaxSkew <= 0 {
			errs = append(errs, field.Invalid(at.Child("maxSkew"), c.MaxSkew, "must be greater than zero"))
		}
		if c.TopologyKey == "" {
			errs = append(errs, field.Required(at.Child("topologyKey"), "can not be empty"))
		} else {
			errs = append(errs, metav1validation.ValidateLabelName(c.TopologyKey, at.Child("topologyKey"))...)
		}
		if c.WhenUnsatisfiable != corev1.DoNotSchedule && c.WhenUnsatisfiable != corev1.ScheduleAnyway {
			errs = append(errs, field.NotSupported(at.Child("whenUnsatisfiable"), c.WhenUnsatisfiable,
				[]corev1.UnsatisfiableConstraintAction{corev1.DoNotSchedule, corev1.ScheduleAnyway}))
		}
		for _, other := range constraints[i+1:] {
			if other.TopologyKey == c.TopologyKey && other.WhenUnsatisfiable == c.WhenUnsatisfiable {
				errs = append(errs, field.Duplicate(at.Child("{topologyKey, whenUnsatisfiable}"), fmt.Sprintf("{%v, %v}", c.TopologyKey, c.WhenUnsatisfiable)))
				break
			}
		}
		errs = append(errs, validateSpreadOptions(c, at)...)
	}
	return errs
}

func validateSpreadOptions(c *corev1.TopologySpreadConstraint, at *field.Path) fieldErrors {
	var errs fieldErrors
	if c.MinDomains != nil && *c.MinDomains <= 0 {
		errs = append(errs, field.Invalid(at.Child("minDomains"), *c.MinDomains, "must be greater than zero"))
	}
	if c.MinDomains != nil && c.WhenUnsatisfiable != corev1.DoNotSchedule {
		errs = append(errs, field.Invalid(at.Child("minDomains"), *c.MinDomains, fmt.Sprintf("can only use minDomains if whenUnsatisfiable=%s, not %s",
			corev1.DoNotSchedule, c.WhenUnsatisfiable)))
	}
	if p := c.NodeAffinityPolicy; p != nil {
		errs = append(errs, oneOf(*p, at.Child("nodeAffinityPolicy"), corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore)...)
	}
	if p := c.NodeTaintsPolicy; p != nil {
		errs = append(errs, oneOf(*p, at.Child("nodeTaintsPolicy"), corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore)...)
	}
	if len(c.MatchLabelKeys) > 0 && c.LabelSelector == nil {
		errs = append(errs, field.Forbidden(at.Child("matchLabelKeys"), "must not be specified when labelSelector is not set"))
	}
	return append(errs, metav1validation.ValidateLabelSelector(c.LabelSelector, metav1validation.LabelSelectorValidationOptions{}, at.Child("labelSelector"))...)
}
