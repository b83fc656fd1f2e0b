package celpolicy

import (
	"time"

	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/gpol/template"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Check says what Kyverno's webhook makes of a policy of policies.kyverno.io that is written: an error refuses it, and
// each of its parts is a warning too (pkg/cel/policies/{vpol,mpol,gpol,dpol}/validate.go). Kinds that have no check pass.
func Check(object *unstructured.Unstructured) (warnings []string, err error) {
	var found field.ErrorList
	switch object.GetKind() {
	case "ValidatingPolicy", "NamespacedValidatingPolicy":
		found, err = checkValidating(object)
	case "MutatingPolicy", "NamespacedMutatingPolicy":
		found, err = checkMutating(object)
	case "GeneratingPolicy", "NamespacedGeneratingPolicy":
		found, err = checkGenerating(object)
	case "DeletingPolicy":
		found, err = checkDeleting(object)
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	all := found.ToAggregate()
	for _, each := range all.Errors() {
		warnings = append(warnings, each.Error())
	}
	return warnings, all
}

func checkValidating(object *unstructured.Unstructured) (field.ErrorList, error) {
	policy := &v1beta1.ValidatingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, err
	}
	spec := &policy.Spec
	_, found := compileVariant(spec, nil, &World{}, object.GetNamespace())
	found = append(found, checkConstraints(spec.MatchConstraints)...)
	expressions := shared(spec.Variables, spec.MatchConditions, spec.AuditAnnotations)
	for _, validation := range spec.Validations {
		expressions = append(expressions, validation.Expression, validation.MessageExpression)
	}
	return append(found, checkNamespaced(object, expressions)...), nil
}

func checkMutating(object *unstructured.Unstructured) (field.ErrorList, error) {
	policy := &v1beta1.MutatingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, err
	}
	spec := &policy.Spec
	_, found := compileMutation(spec, nil, &World{}, object.GetNamespace())
	found = append(found, checkConstraints(spec.MatchConstraints)...)
	if !spec.AdmissionEnabled() && !spec.MutateExistingEnabled() {
		found = append(found, field.Forbidden(field.NewPath("spec", "evaluation"), "disabling both admission and mutateExisting evaluation modes is not allowed"))
	}
	return append(found, checkNamespaced(object, mutatingExpressions(spec))...), nil
}

func checkGenerating(object *unstructured.Unstructured) (field.ErrorList, error) {
	policy := &v1beta1.GeneratingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, err
	}
	spec := &policy.Spec
	compiled := &Generating{name: object.GetName(), namespace: object.GetNamespace(), spec: spec}
	var found field.ErrorList
	if errs := compiled.compile(nil, &World{}); len(errs) > 0 {
		found = append(field.ErrorList{notGenerating()}, errs...)
	}
	found = append(found, checkConstraints(spec.MatchConstraints)...)
	expressions := shared(spec.Variables, spec.MatchConditions, spec.AuditAnnotations)
	for _, g := range spec.Generation {
		expressions = append(expressions, g.Expression)
		if g.Template != nil && g.Template.Interpolate == v1beta1.InterpolationModeCEL {
			expressions = append(expressions, template.ExtractExpressions(g.Template.Value)...)
		}
	}
	return append(found, checkNamespaced(object, expressions)...), nil
}

func checkDeleting(object *unstructured.Unstructured) (field.ErrorList, error) {
	policy := &v1beta1.DeletingPolicy{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, err
	}
	_, found := compileDeleting(&policy.Spec, nil, &World{}, "")
	found = append(found, checkConstraints(policy.Spec.MatchConstraints)...)
	path := field.NewPath("spec", "schedule")
	if policy.Spec.Schedule == "" {
		return append(found, field.Required(path, "schedule is required")), nil
	}
	if _, err := policy.GetNextExecutionTime(time.Unix(0, 0).UTC()); err != nil {
		found = append(found, field.Invalid(path, policy.Spec.Schedule, "schedule spec in the deletingPolicy is not in proper cron format: "+err.Error()))
	}
	return found, nil
}

// mutatingExpressions are all expressions of a MutatingPolicy.
func mutatingExpressions(spec *v1beta1.MutatingPolicySpec) []string {
	expressions := shared(spec.Variables, append(spec.TargetMatchConditions, spec.MatchConditions...), spec.AuditAnnotations)
	for _, mutation := range spec.Mutations {
		if mutation.ApplyConfiguration != nil {
			expressions = append(expressions, mutation.ApplyConfiguration.Expression)
		}
		if mutation.JSONPatch != nil {
			expressions = append(expressions, mutation.JSONPatch.Expression)
		}
	}
	if spec.TargetMatchConstraints != nil {
		expressions = append(expressions, spec.TargetMatchConstraints.Expression)
	}
	return expressions
}

// shared are the expressions that policies of all kinds may have.
func shared(
	variables []admissionregistrationv1.Variable, conditions []admissionregistrationv1.MatchCondition, annotations []admissionregistrationv1.AuditAnnotation,
) []string {
	var expressions []string
	for _, variable := range variables {
		expressions = append(expressions, variable.Expression)
	}
	for _, condition := range conditions {
		expressions = append(expressions, condition.Expression)
	}
	for _, annotation := range annotations {
		expressions = append(expressions, annotation.ValueExpression)
	}
	return expressions
}

func checkConstraints(written *admissionregistrationv1.MatchResources) field.ErrorList {
	if written != nil && len(written.ResourceRules) > 0 {
		return nil
	}
	return field.ErrorList{field.Required(field.NewPath("spec", "matchConstraints"), "a matchConstraints with at least one resource rule is required")}
}

// checkNamespaced refuses what a policy of a namespace must not reach.
func checkNamespaced(object *unstructured.Unstructured, expressions []string) field.ErrorList {
	var found field.ErrorList
	if object.GetNamespace() == "" {
		return nil
	}
	if compiler.ExpressionsUseGlobalContext(expressions...) {
		found = append(found, field.Forbidden(field.NewPath("spec"), "globalContext.* is not allowed in namespaced policies"))
	}
	if compiler.ExpressionsUseHTTP(expressions...) {
		found = append(found, field.Forbidden(field.NewPath("spec"), "http.* is not allowed in namespaced policies; set --allowHTTPInNamespacedPolicies to enable"))
	}
	return found
}

// CheckException says why Kyverno refuses a PolicyException of policies.kyverno.io that is written; old is what it was, nil
// for a new one.
func CheckException(object, old *unstructured.Unstructured) error {
	polex, before := &v1beta1.PolicyException{}, &v1beta1.PolicyException{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, polex); err != nil {
		return err
	}
	if old != nil {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(old.Object, before); err != nil {
			return err
		}
	}
	stored := map[string]bool{}
	for _, condition := range before.Spec.MatchConditions {
		stored[condition.Expression] = true
	}
	return append(polex.Validate(), compiler.CompilePolicyExceptionMatchConditions(polex.Spec.MatchConditions, stored)...).ToAggregate()
}
