package kinds

import (
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/api"
)

func validatingPolicyKind() *api.Kind {
	type policy = admissionv1.ValidatingAdmissionPolicy
	return builtin[*policy]{
		new: func() *policy { return &policy{} }, group: admissionv1.SchemeGroupVersion,
		kind: "ValidatingAdmissionPolicy", plural: "validatingadmissionpolicies", categories: []string{"api-extensions"}, cluster: true, status: true, generation: true,
		defaults: func(p *policy) {
			setDefault(&p.Spec.FailurePolicy, admissionv1.Fail)
			defaultMatch(p.Spec.MatchConstraints)
		},
		validate: validateValidatingPolicy,
		columns:  policyColumns("Validations", "Validations indicates the number of validation rules defined in this configuration"),
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
			defaultMatch(p.Spec.MatchConstraints)
		},
		validate: validateMutatingPolicy,
		columns:  policyColumns("Mutations", "Mutations indicates the number of mutations rules defined in this configuration"),
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
