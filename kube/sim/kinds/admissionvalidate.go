package kinds

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
)

// notSpecified is what is said of an expression that is empty.
const notSpecified = "expression is not specified"

func validateValidatingPolicy(p *admissionv1.ValidatingAdmissionPolicy) fieldErrors {
	spec, at := &p.Spec, field.NewPath("spec")
	c := newPolicyCompiler(spec.ParamKind)
	c.add(mustBe(spec.FailurePolicy, at.Child("failurePolicy"), admissionv1.Fail, admissionv1.Ignore)...)
	c.add(validateParamKind(spec.ParamKind, at.Child("paramKind"))...)
	c.add(validateConstraints(spec.MatchConstraints, at.Child("matchConstraints"))...)
	c.conditions(spec.MatchConditions, at.Child("matchConditions"))
	c.variables(spec.Variables, at.Child("variables"))
	if len(spec.Validations) == 0 && len(spec.AuditAnnotations) == 0 {
		const needed = "validations or auditAnnotations must contain at least one item"
		c.add(field.Required(at.Child("validations"), needed), field.Required(at.Child("auditAnnotations"), needed))
	}
	for i := range spec.Validations {
		c.validation(&spec.Validations[i], at.Child("validations").Index(i))
	}
	c.annotations(p.Name, spec.AuditAnnotations, at.Child("auditAnnotations"))
	return c.errs
}

func (c *policyCompiler) validation(v *admissionv1.Validation, at *field.Path) {
	if strings.TrimSpace(v.Expression) == "" {
		c.add(field.Required(at.Child("expression"), notSpecified))
	} else {
		c.expression(&validating.ValidationCondition{Expression: v.Expression}, v.Expression, at.Child("expression"), true, false)
	}
	const empty = "must be non-empty if specified"
	switch text := strings.TrimSpace(v.MessageExpression); {
	case text != "":
		c.expression(&validating.MessageExpressionCondition{MessageExpression: v.MessageExpression}, v.MessageExpression, at.Child("messageExpression"), false, false)
	case v.MessageExpression != "":
		c.add(field.Invalid(at.Child("messageExpression"), v.MessageExpression, empty))
	}
	switch text := strings.TrimSpace(v.Message); {
	case text == "" && v.Message != "":
		c.add(field.Invalid(at.Child("message"), v.Message, empty))
	case strings.ContainsAny(text, "\r\n"):
		c.add(field.Invalid(at.Child("message"), v.Message, "must not contain line breaks"))
	}
	if v.Reason != nil {
		c.add(mustBe(v.Reason, at.Child("reason"), metav1.StatusReasonForbidden, metav1.StatusReasonInvalid, metav1.StatusReasonRequestEntityTooLarge)...)
	}
}

func (c *policyCompiler) annotations(policy string, list []admissionv1.AuditAnnotation, at *field.Path) {
	const most, longest = 20, 5 * 1024
	if len(list) > most {
		c.add(field.Invalid(at, list, fmt.Sprintf("must not have more than %d auditAnnotations", most)))
	}
	keys := sets.New[string]()
	for i, a := range list {
		at := at.Index(i)
		c.add(qualifiedName(policy+"/"+a.Key, at.Child("key"))...)
		switch text := strings.TrimSpace(a.ValueExpression); {
		case text == "":
			c.add(field.Required(at.Child("valueExpression"), "valueExpression is not specified"))
		case len(text) > longest:
			c.add(field.Required(at.Child("valueExpression"), fmt.Sprintf("must not exceed %d bytes in length", longest)))
		default:
			c.expression(&validating.AuditAnnotationCondition{ValueExpression: text}, a.ValueExpression, at.Child("valueExpression"), true, false)
		}
		if keys.Has(a.Key) {
			c.add(field.Duplicate(at.Child("key"), a.Key))
		}
		keys.Insert(a.Key)
	}
}

func validateMutatingPolicy(p *admissionv1.MutatingAdmissionPolicy) fieldErrors {
	spec, at := &p.Spec, field.NewPath("spec")
	c := newPolicyCompiler(spec.ParamKind)
	c.add(mustBe(spec.FailurePolicy, at.Child("failurePolicy"), admissionv1.Fail, admissionv1.Ignore)...)
	c.add(validateParamKind(spec.ParamKind, at.Child("paramKind"))...)
	c.add(validateConstraints(spec.MatchConstraints, at.Child("matchConstraints"))...)
	c.add(withoutDelete(spec.MatchConstraints, at.Child("matchConstraints", "resourceRules", "operations"))...)
	c.conditions(spec.MatchConditions, at.Child("matchConditions"))
	c.variables(spec.Variables, at.Child("variables"))
	if len(spec.Mutations) == 0 {
		c.add(field.Required(at.Child("mutations"), "mutations must contain at least one item"))
	}
	for i := range spec.Mutations {
		c.mutation(&spec.Mutations[i], at.Child("mutations").Index(i))
	}
	if spec.ReinvocationPolicy == "" {
		c.add(field.Required(at.Child("reinvocationPolicy"), ""))
	} else {
		c.add(mustBe(&spec.ReinvocationPolicy, at.Child("reinvocationPolicy"), admissionv1.IfNeededReinvocationPolicy, admissionv1.NeverReinvocationPolicy)...)
	}
	return c.errs
}

// withoutDelete refuses rules for deletions, in which there is nothing to change.
func withoutDelete(m *admissionv1.MatchResources, at *field.Path) fieldErrors {
	var errs fieldErrors
	if m == nil {
		return nil
	}
	for _, rule := range m.ResourceRules {
		if slices.Contains(rule.Operations, admissionv1.Delete) {
			errs = append(errs, field.NotSupported(at, admissionv1.Delete,
				[]admissionv1.OperationType{admissionv1.OperationAll, admissionv1.Connect, admissionv1.Create, admissionv1.Update}))
		}
	}
	return errs
}

func (c *policyCompiler) mutation(m *admissionv1.Mutation, at *field.Path) {
	json, apply := at.Child("jsonPatch"), at.Child("applyConfiguration")
	switch m.PatchType {
	case "":
		c.add(field.Required(at.Child("patchType"), ""))
	case admissionv1.PatchTypeJSONPatch:
		if m.JSONPatch == nil {
			c.add(field.Required(json, "must be specified when patchType is JSONPatch"))
		} else if text := m.JSONPatch.Expression; strings.TrimSpace(text) == "" {
			c.add(field.Required(json.Child("expression"), notSpecified))
		} else {
			c.expression(&patch.JSONPatchCondition{Expression: text}, text, json.Child("expression"), true, true)
		}
		if m.ApplyConfiguration != nil {
			c.add(field.Invalid(apply, "{applyConfiguration}", "must not be specified when patchType is JSONPatch"))
		}
	case admissionv1.PatchTypeApplyConfiguration:
		if m.ApplyConfiguration == nil {
			c.add(field.Required(apply, "must be specified when patchType is ApplyConfiguration"))
		} else if text := m.ApplyConfiguration.Expression; strings.TrimSpace(text) == "" {
			c.add(field.Required(apply.Child("expression"), notSpecified))
		} else {
			c.expression(&patch.ApplyConfigurationCondition{Expression: text}, text, apply.Child("expression"), true, true)
		}
		if m.JSONPatch != nil {
			c.add(field.Invalid(json, "{jsonPatch}", "must not be specified when patchType is ApplyConfiguration"))
		}
	default:
		c.add(field.NotSupported(at.Child("patchType"), m.PatchType, []admissionv1.PatchType{admissionv1.PatchTypeApplyConfiguration, admissionv1.PatchTypeJSONPatch}))
	}
}
