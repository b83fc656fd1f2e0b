package celpolicy

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine"
)

// exception is a compiled PolicyException of policies.kyverno.io.
type exception struct {
	*v1beta1.PolicyException
	conditions conditions
}

// exceptionsOf are those exceptions that name a policy.
func exceptionsOf(policy *unstructured.Unstructured, all []*unstructured.Unstructured) ([]*v1beta1.PolicyException, error) {
	var own []*v1beta1.PolicyException
	for _, object := range all {
		polex := &v1beta1.PolicyException{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, polex); err != nil {
			return nil, fmt.Errorf("exception %s: %w", object.GetName(), err)
		}
		for _, ref := range polex.Spec.PolicyRefs {
			if ref.Name == policy.GetName() && ref.Kind == policy.GetKind() {
				own = append(own, polex)
			}
		}
	}
	return own, nil
}

func compileExceptions(
	path *field.Path, env *cel.Env, written []*v1beta1.PolicyException, policy *admissionregistrationv1.FailurePolicyType,
) ([]exception, field.ErrorList) {
	var out []exception
	for _, polex := range written {
		conditions, errs := compileConditions(path.Child("matchConditions"), env, polex.Spec.MatchConditions, policy)
		if len(errs) > 0 {
			return nil, errs
		}
		out = append(out, exception{polex, conditions})
	}
	return out, nil
}

// full says whether an exception exempts from the policy as a whole, and not only some images or values.
func (e exception) full() bool { return len(e.Spec.Images)+len(e.Spec.AllowedValues) == 0 }

// exempt finds the exceptions that are about a request. When one exempts it from the policy all that apply are returned,
// else what they allow.
func exempt(ctx context.Context, exceptions []exception, input map[string]any) ([]exception, allowance, error) {
	allowed := allowance{AllowedImages: []string{}, AllowedValues: []string{}}
	var applied []exception
	exempted := false
	for _, e := range exceptions {
		ok, err := e.conditions.hold(ctx, input)
		if err != nil && !exempted {
			return nil, allowed, err
		}
		if err != nil || !ok {
			continue
		}
		applied = append(applied, e)
		exempted = exempted || e.full()
		allowed.AllowedImages = append(allowed.AllowedImages, e.Spec.Images...)
		allowed.AllowedValues = append(allowed.AllowedValues, e.Spec.AllowedValues...)
	}
	if !exempted {
		return nil, allowed, nil
	}
	return applied, allowed, nil
}

// exemption is the result of a request that exceptions exempt: the one of the highest priority says whether that passes.
func exemption(applied []exception) engine.RuleResult {
	keys, chosen, highest := make([]string, len(applied)), 0, 0
	for i, e := range applied {
		keys[i] = e.Name
		if e.Namespace != "" {
			keys[i] = e.Namespace + "/" + e.Name
		}
		if priority, err := strconv.Atoi(e.Labels["polex.kyverno.io/priority"]); err == nil && priority > highest {
			chosen, highest = i, priority
		}
	}
	status, verb := engine.Skip, "skipped"
	if applied[chosen].Spec.ReportResult == string(engine.Pass) {
		status, verb = engine.Pass, "passed"
	}
	out := result("exception", status, fmt.Sprintf("rule is %s due to policy exception: %s", verb, strings.Join(keys, ", ")))
	names := make([]string, len(applied))
	for i, e := range applied {
		names[i] = e.Name
	}
	out.Properties = map[string]string{"exceptions": strings.Join(names, ",")}
	return out
}
