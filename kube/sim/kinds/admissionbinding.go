package kinds

import (
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func bindingColumns() []metav1.TableColumnDefinition {
	return columnsOf(
		column("PolicyName", "PolicyName indicates the policy definition which the policy binding binded to"),
		column("ParamRef", "ParamRef indicates the param resource which sets the configration param"),
	)
}

func bindingRow(obj metav1.Object, policy string, ref *admissionv1.ParamRef, now time.Time) []any {
	return []any{obj.GetName(), policy, paramCell(ref), ageOf(obj, now)}
}

// paramCell prints what a binding refers to as a real server does.
func paramCell(ref *admissionv1.ParamRef) string {
	switch {
	case ref == nil:
		return unset
	case ref.Name == "" && ref.Selector != nil:
		return ref.Selector.String()
	case ref.Namespace == "":
		return "*/" + ref.Name
	}
	return ref.Namespace + "/" + ref.Name
}

func validatingPolicyBindingKind() *api.Kind {
	type binding = admissionv1.ValidatingAdmissionPolicyBinding
	return builtin[*binding]{
		new: func() *binding { return &binding{} }, group: admissionv1.SchemeGroupVersion,
		kind: "ValidatingAdmissionPolicyBinding", plural: "validatingadmissionpolicybindings", categories: []string{"api-extensions"}, cluster: true, generation: true,
		defaults: func(b *binding) { defaultMatch(b.Spec.MatchResources) },
		validate: func(b *binding) fieldErrors {
			return append(validatePolicyBinding(b.Spec.PolicyName, b.Spec.ParamRef, b.Spec.MatchResources), validateActions(b.Spec.ValidationActions)...)
		},
		columns: bindingColumns(),
		row:     func(b *binding, now time.Time) []any { return bindingRow(b, b.Spec.PolicyName, b.Spec.ParamRef, now) },
	}.build()
}

func mutatingPolicyBindingKind() *api.Kind {
	type binding = admissionv1.MutatingAdmissionPolicyBinding
	return builtin[*binding]{
		new: func() *binding { return &binding{} }, group: admissionv1.SchemeGroupVersion,
		kind: "MutatingAdmissionPolicyBinding", plural: "mutatingadmissionpolicybindings", categories: []string{"api-extensions"}, cluster: true, generation: true,
		defaults: func(b *binding) { defaultMatch(b.Spec.MatchResources) },
		validate: func(b *binding) fieldErrors {
			return validatePolicyBinding(b.Spec.PolicyName, b.Spec.ParamRef, b.Spec.MatchResources)
		},
		columns: bindingColumns(),
		row:     func(b *binding, now time.Time) []any { return bindingRow(b, b.Spec.PolicyName, b.Spec.ParamRef, now) },
	}.build()
}

// validatePolicyBinding checks what both kinds of bindings have.
func validatePolicyBinding(policy string, ref *admissionv1.ParamRef, match *admissionv1.MatchResources) fieldErrors {
	var errs fieldErrors
	at := field.NewPath("spec")
	if policy == "" {
		errs = append(errs, field.Required(at.Child("policyName"), ""))
	} else {
		for _, msg := range validation.NameIsDNSSubdomain(policy, false) {
			errs = append(errs, field.Invalid(at.Child("policyName"), policy, msg))
		}
	}
	errs = append(errs, validateParamRef(ref, at.Child("paramRef"))...)
	if match != nil {
		errs = append(errs, validateMatch(match, at.Child("matchResources"))...)
	}
	return errs
}

func validateParamRef(ref *admissionv1.ParamRef, at *field.Path) fieldErrors {
	if ref == nil {
		return nil
	}
	const exclusive = "name and selector are mutually exclusive"
	var errs fieldErrors
	if ref.Name != "" {
		for _, msg := range path.ValidatePathSegmentName(ref.Name, false) {
			errs = append(errs, field.Invalid(at.Child("name"), ref.Name, msg))
		}
		if ref.Selector != nil {
			errs = append(errs, field.Forbidden(at.Child("name"), exclusive))
		}
	}
	if ref.Selector != nil {
		errs = append(errs, metav1validation.ValidateLabelSelector(ref.Selector, metav1validation.LabelSelectorValidationOptions{}, at.Child("selector"))...)
		if ref.Name != "" {
			errs = append(errs, field.Forbidden(at.Child("selector"), exclusive))
		}
	}
	if ref.Name == "" && ref.Selector == nil {
		errs = append(errs, field.Required(at, "one of name or selector must be specified"))
	}
	allowed := []admissionv1.ParameterNotFoundActionType{admissionv1.DenyAction, admissionv1.AllowAction}
	switch action := ref.ParameterNotFoundAction; {
	case action == nil || *action == "":
		errs = append(errs, field.Required(at.Child("parameterNotFoundAction"), ""))
	case *action != admissionv1.DenyAction && *action != admissionv1.AllowAction:
		errs = append(errs, field.NotSupported(at.Child("parameterNotFoundAction"), *action, allowed))
	}
	return errs
}

func validateActions(actions []admissionv1.ValidationAction) fieldErrors {
	var errs fieldErrors
	at := field.NewPath("spec", "validationActions")
	known := []admissionv1.ValidationAction{admissionv1.Audit, admissionv1.Deny, admissionv1.Warn}
	seen := sets.New[admissionv1.ValidationAction]()
	for i, action := range actions {
		if !sets.New(known...).Has(action) {
			errs = append(errs, field.NotSupported(at.Index(i), action, known))
		}
		if seen.Has(action) {
			errs = append(errs, field.Duplicate(at.Index(i), action))
		}
		seen.Insert(action)
	}
	switch {
	case seen.HasAll(admissionv1.Deny, admissionv1.Warn):
		errs = append(errs, field.Invalid(at, actions, "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"))
	case len(actions) == 0:
		errs = append(errs, field.Required(at, "at least one validation action is required"))
	}
	return errs
}
