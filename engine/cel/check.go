package cel

import (
	"fmt"
	"strings"

	celgo "github.com/google/cel-go/cel"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
)

// CheckConditions compiles the match conditions that a policy gives its webhook, as decoded from JSON. The error is what
// Kyverno says of those that cannot be compiled.
func CheckConditions(conditions any) error {
	var wanted []admissionregistrationv1.MatchCondition
	if err := convert(conditions, &wanted); err != nil {
		return fmt.Errorf("matchConditions: %w", err)
	}
	compiler, err := NewCompiler(nil, plugin.OptionalVariableDeclarations{})
	if err != nil {
		return err
	}
	accessors := make([]plugin.ExpressionAccessor, len(wanted))
	for i, c := range wanted {
		accessors[i] = expression{c.Expression, []*celgo.Type{celgo.BoolType}}
	}
	evaluator := compiler.CompileCondition(accessors, plugin.OptionalVariableDeclarations{}, environment.StoredExpressions)
	if failed := evaluator.CompilationErrors(); len(failed) > 0 {
		return fmt.Errorf("match conditions compilation errors: %v", failed)
	}
	return nil
}

// Kind is a kind that is served, and its resource.
type Kind struct {
	Kind     schema.GroupVersionKind
	Resource schema.GroupVersionResource
}

// TypeWarnings checks the expressions of a validate.cel block, as decoded from JSON, with the types of the kinds that its rule
// is about. Each warning names its place below path; their texts are kube-apiserver's, on one line, as Kyverno prints them.
func TypeWarnings(block any, path string, kinds []Kind, schemas resolver.SchemaResolver) ([]string, error) {
	var s spec
	if err := convert(block, &s); err != nil {
		return nil, fmt.Errorf("validate.cel: %w", err)
	}
	checker := &validating.TypeChecker{SchemaResolver: schemas, RestMapper: mapper(kinds)}
	types := checker.CreateContext(&admissionregistrationv1.ValidatingAdmissionPolicy{
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: constraints(kinds), ParamKind: s.ParamKind, Variables: s.Variables,
		},
	})
	var warnings []string
	for i, e := range s.Expressions {
		for _, part := range []struct{ name, text string }{{"expression", e.Expression}, {"messageExpression", e.MessageExpression}} {
			if part.text == "" {
				continue
			}
			if results := checker.CheckExpression(types, part.text); len(results) > 0 {
				text := strings.ReplaceAll(results.String(), "\n", ";")
				warnings = append(warnings, fmt.Sprintf("%s.expressions[%d].%s:%s", path, i, part.name, text))
			}
		}
	}
	return warnings, nil
}

// mapper finds the kinds of resources.
func mapper(kinds []Kind) meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	for _, k := range kinds {
		m.AddSpecific(k.Kind, k.Resource, k.Resource, meta.RESTScopeRoot)
	}
	return m
}

// constraints match the kinds.
func constraints(kinds []Kind) *admissionregistrationv1.MatchResources {
	var out admissionregistrationv1.MatchResources
	for _, k := range kinds {
		out.ResourceRules = append(out.ResourceRules, admissionregistrationv1.NamedRuleWithOperations{
			RuleWithOperations: admissionregistrationv1.RuleWithOperations{Rule: admissionregistrationv1.Rule{
				APIGroups: []string{k.Resource.Group}, APIVersions: []string{k.Resource.Version}, Resources: []string{k.Resource.Resource},
			}},
		})
	}
	return &out
}
