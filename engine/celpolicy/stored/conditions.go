package stored

import (
	"github.com/google/cel-go/cel"
	celast "github.com/google/cel-go/common/ast"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

// offered are a policy's matchConditions if the API server understands them all, which then evaluates them too.
func offered(conditions []admissionregistrationv1.MatchCondition) []admissionregistrationv1.MatchCondition {
	for _, condition := range conditions {
		if len(compiler.CompileMatchConditionsWithKubernetesEnv([]admissionregistrationv1.MatchCondition{condition}, nil)) > 0 {
			return nil
		}
	}
	return conditions
}

// evaluated are those of the conditions that a webhook can have: there the API server knows no namespaceObject.
func evaluated(conditions []admissionregistrationv1.MatchCondition) []admissionregistrationv1.MatchCondition {
	var out []admissionregistrationv1.MatchCondition
	for _, condition := range conditions {
		if !namesNamespace(condition.Expression) {
			out = append(out, condition)
		}
	}
	return out
}

// namesNamespace says whether an expression uses the variable namespaceObject; one that cannot be read may.
func namesNamespace(expression string) bool {
	env, err := cel.NewEnv(cel.OptionalTypes())
	if err != nil {
		return true
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return true
	}
	found := false
	celast.PreOrderVisit(parsed.NativeRep().Expr(), celast.NewExprVisitor(func(node celast.Expr) {
		found = found || node.Kind() == celast.IdentKind && node.AsIdent() == compiler.NamespaceObjectKey
	}))
	return found
}
