package kinds

import (
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// The API server stores these policies but does not evaluate their CEL expressions.

func validatingPolicyKind() *api.Kind {
	type policy = admissionv1.ValidatingAdmissionPolicy
	return builtin[*policy]{
		new: func() *policy { return &policy{} }, group: admissionv1.SchemeGroupVersion,
		kind: "ValidatingAdmissionPolicy", plural: "validatingadmissionpolicies", categories: []string{"api-extensions"}, cluster: true, status: true, generation: true,
		defaults: func(p *policy) {
			setDefault(&p.Spec.FailurePolicy, admissionv1.Fail)
			defaultMatch(p.Spec.MatchConstraints)
		},
		validate: func(p *policy) fieldErrors {
			var errs fieldErrors
			if len(p.Spec.Validations) == 0 && len(p.Spec.AuditAnnotations) == 0 {
				errs = append(errs, field.Required(field.NewPath("spec", "validations"), "validations or auditAnnotations must be specified"))
			}
			return append(errs, requireMatch(p.Spec.MatchConstraints)...)
		},
		columns: policyColumns("Validations", "Validations indicates the number of validation rules defined in this configuration"),
		row: func(p *policy, now time.Time) []any {
			kind := unset
			if p.Spec.ParamKind != nil {
				kind = p.Spec.ParamKind.APIVersion + "/" + p.Spec.ParamKind.Kind
			}
			return []any{p.Name, int64(len(p.Spec.Validations)), kind, ageOf(p, now)}
		},
	}.build()
}

func mutatingPolicyKind() *api.Kind {
	type policy = admissionv1.MutatingAdmissionPolicy
	return builtin[*policy]{
		new: func() *policy { return &policy{} }, group: admissionv1.SchemeGroupVersion,
		kind: "MutatingAdmissionPolicy", plural: "mutatingadmissionpolicies", categories: []string{"api-extensions"}, cluster: true, generation: true,
		defaults: func(p *policy) {
			setDefault(&p.Spec.FailurePolicy, admissionv1.Fail)
			setEmpty(&p.Spec.ReinvocationPolicy, admissionv1.NeverReinvocationPolicy)
			defaultMatch(p.Spec.MatchConstraints)
		},
		validate: func(p *policy) fieldErrors {
			var errs fieldErrors
			if len(p.Spec.Mutations) == 0 {
				errs = append(errs, field.Required(field.NewPath("spec", "mutations"), "mutations must contain at least one item"))
			}
			return append(errs, requireMatch(p.Spec.MatchConstraints)...)
		},
		columns: policyColumns("Mutations", "Mutations indicates the number of mutations rules defined in this configuration"),
		row: func(p *policy, now time.Time) []any {
			kind := unset
			if p.Spec.ParamKind != nil {
				kind = p.Spec.ParamKind.APIVersion + "/" + p.Spec.ParamKind.Kind
			}
			return []any{p.Name, int64(len(p.Spec.Mutations)), kind, ageOf(p, now)}
		},
	}.build()
}

func policyColumns(rules, description string) []metav1.TableColumnDefinition {
	return columnsOf(
		number(rules, description),
		column("ParamKind", "ParamKind specifies the kind of resources used to parameterize this policy"),
	)
}

// defaultMatch fills in what of the requests a policy or binding applies to.
func defaultMatch(m *admissionv1.MatchResources) {
	if m == nil {
		return
	}
	setDefault(&m.MatchPolicy, admissionv1.Equivalent)
	setDefault(&m.NamespaceSelector, metav1.LabelSelector{})
	setDefault(&m.ObjectSelector, metav1.LabelSelector{})
	for _, rules := range [][]admissionv1.NamedRuleWithOperations{m.ResourceRules, m.ExcludeResourceRules} {
		for i := range rules {
			setDefault(&rules[i].Scope, admissionv1.AllScopes)
		}
	}
}

func requireMatch(m *admissionv1.MatchResources) fieldErrors {
	at := field.NewPath("spec", "matchConstraints")
	switch {
	case m == nil:
		return fieldErrors{field.Required(at, "")}
	case len(m.ResourceRules) == 0:
		return fieldErrors{field.Required(at.Child("resourceRules"), "")}
	}
	return nil
}

func bindingColumns() []metav1.TableColumnDefinition {
	return columnsOf(
		column("PolicyName", "PolicyName indicates the policy definition which the policy binding binded to"),
		column("ParamRef", "ParamRef indicates the param resource which sets the configration param"),
	)
}

func bindingRow(obj metav1.Object, policy string, param *admissionv1.ParamRef, now time.Time) []any {
	ref := unset
	if param != nil {
		ref = strings.TrimPrefix(param.Namespace+"/"+param.Name, "/")
		if param.Name == "" {
			ref = strings.TrimPrefix(param.Namespace+"/*", "/")
		}
	}
	return []any{obj.GetName(), policy, ref, ageOf(obj, now)}
}

func validatingPolicyBindingKind() *api.Kind {
	type binding = admissionv1.ValidatingAdmissionPolicyBinding
	return builtin[*binding]{
		new: func() *binding { return &binding{} }, group: admissionv1.SchemeGroupVersion,
		kind: "ValidatingAdmissionPolicyBinding", plural: "validatingadmissionpolicybindings", categories: []string{"api-extensions"}, cluster: true, generation: true,
		defaults: func(b *binding) { defaultMatch(b.Spec.MatchResources) },
		validate: func(b *binding) fieldErrors {
			errs := requirePolicy(b.Spec.PolicyName)
			if len(b.Spec.ValidationActions) == 0 {
				errs = append(errs, field.Required(field.NewPath("spec", "validationActions"), "at least one validation action is required"))
			}
			return errs
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
		validate: func(b *binding) fieldErrors { return requirePolicy(b.Spec.PolicyName) },
		columns:  bindingColumns(),
		row:      func(b *binding, now time.Time) []any { return bindingRow(b, b.Spec.PolicyName, b.Spec.ParamRef, now) },
	}.build()
}

func requirePolicy(name string) fieldErrors {
	if name == "" {
		return fieldErrors{field.Required(field.NewPath("spec", "policyName"), "")}
	}
	return nil
}
