package celpolicy

import (
	"context"

	"github.com/google/cel-go/cel"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/sdk/extensions/cel/utils"
	"go.uber.org/multierr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// matches says whether matchConstraints are about a request; without any, a policy is about nothing.
func (r *Request) matches(constraints *admissionregistrationv1.MatchResources) (bool, error) {
	if constraints == nil {
		return false, nil
	}
	object, old := r.objects()
	return matching.NewMatcher().Match(&matching.MatchCriteria{Constraints: constraints}, r.attributes(object, old, r.User), r.namespace())
}

// anyOperation are constraints about resources of which nothing is asked; nil for none.
func anyOperation(written *admissionregistrationv1.MatchResources) *admissionregistrationv1.MatchResources {
	out := written.DeepCopy()
	for i := 0; out != nil && i < len(out.ResourceRules); i++ {
		out.ResourceRules[i].Operations = []admissionregistrationv1.OperationType{admissionregistrationv1.OperationAll}
	}
	return out
}

// onlyKinds says whether constraints are one rule about kinds and nothing else: no labels, names or exclusions.
func onlyKinds(constraints *admissionregistrationv1.MatchResources) bool {
	return constraints != nil && !selects(constraints.NamespaceSelector) && !selects(constraints.ObjectSelector) &&
		len(constraints.ExcludeResourceRules) == 0 && len(constraints.ResourceRules) == 1 &&
		len(constraints.ResourceRules[0].ResourceNames) == 0
}

func selects(selector *metav1.LabelSelector) bool {
	return selector != nil && len(selector.MatchLabels)+len(selector.MatchExpressions) > 0
}

// conditions are matchConditions: a policy is evaluated when all of them hold.
type conditions struct {
	programs []cel.Program
	ignore   bool // errors mean that the policy is not about the request
}

func compileConditions(
	path *field.Path, env *cel.Env, written []admissionregistrationv1.MatchCondition, policy *admissionregistrationv1.FailurePolicyType,
) (conditions, field.ErrorList) {
	programs, errs := compiler.CompileMatchConditions(path, env, written...)
	return conditions{programs, policy != nil && *policy == admissionregistrationv1.Ignore}, errs
}

// hold says whether all conditions are true. A false one decides, whatever the errors of others.
func (c conditions) hold(ctx context.Context, input map[string]any) (bool, error) {
	var errs []error
	for _, program := range c.programs {
		out, _, err := program.ContextEval(ctx, input)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		switch ok, err := utils.ConvertToNative[bool](out); {
		case err != nil:
			errs = append(errs, err)
		case !ok:
			return false, nil
		}
	}
	if c.ignore && len(errs) > 0 {
		return false, nil
	}
	return len(errs) == 0, multierr.Combine(errs...)
}
