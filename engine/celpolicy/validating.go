package celpolicy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celautogen "github.com/kyverno/kyverno/pkg/cel/autogen"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/autogen"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine"
)

// Validating is a compiled ValidatingPolicy or NamespacedValidatingPolicy: what is written, and what Kyverno generates
// from that for the controllers of pods.
type Validating struct {
	payload  bool // evaluation.mode is JSON: the resource is judged whatever it is
	variants []*variant
}

// variant is a policy as it is written, or generated for some controllers.
type variant struct {
	spec        *v1beta1.ValidatingPolicySpec
	conditions  conditions
	variables   map[string]cel.Program
	validations []compiler.Validation
	annotations map[string]cel.Program
	exceptions  []exception
}

// CompileValidating compiles a policy. Exceptions are PolicyExceptions of policies.kyverno.io, of which those that name
// the policy count. The error is of expressions that cannot be compiled.
func CompileValidating(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, world Surroundings) (*Validating, error) {
	policy := &v1beta1.ValidatingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
	}
	generated, err := autogen.Autogen(policy)
	if err != nil {
		return nil, err
	}
	specs := []*v1beta1.ValidatingPolicySpec{&policy.Spec}
	for _, config := range slices.Sorted(maps.Keys(generated)) {
		if config != celautogen.ExtractionReplacementsRef { // kinds whose pods would have to be looked for
			specs = append(specs, generated[config].Spec)
		}
	}
	out := &Validating{payload: policy.Spec.EvaluationMode() == "JSON"}
	own, err := exceptionsOf(object, exceptions)
	if err != nil {
		return nil, err
	}
	for _, spec := range specs {
		v, errs := compileVariant(spec, own, world, object.GetNamespace())
		if len(errs) > 0 {
			return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), errs.ToAggregate())
		}
		out.variants = append(out.variants, v)
	}
	return out, nil
}

// compileVariant compiles the expressions of a policy. The first error says that it is one of the compiler.
func compileVariant(spec *v1beta1.ValidatingPolicySpec, exceptions []*v1beta1.PolicyException, world Surroundings, namespace string) (*variant, field.ErrorList) {
	const broken = "validating policy compiler 1.0 error: %s"
	env, provider, err := newEnvironment(world, namespace, 1, variables())
	if err != nil {
		return nil, field.ErrorList{field.InternalError(nil, fmt.Errorf(broken, err))}
	}
	v := &variant{spec: spec}
	path := field.NewPath("spec")
	steps := []func() field.ErrorList{
		func() (errs field.ErrorList) {
			v.conditions, errs = compileConditions(path.Child("matchConditions"), env, spec.MatchConditions, spec.FailurePolicy)
			return errs
		},
		func() (errs field.ErrorList) {
			v.variables, errs = compileVariables(path.Child("variables"), env, provider, spec.Variables)
			return errs
		},
		func() (errs field.ErrorList) {
			v.validations, errs = compileValidations(path.Child("validations"), env, spec.Validations)
			return errs
		},
		func() (errs field.ErrorList) {
			if spec.EvaluationMode() == "JSON" {
				return nil // Kyverno leaves them out
			}
			v.annotations, errs = compiler.CompileAuditAnnotations(path.Child("auditAnnotations"), env, spec.AuditAnnotations...)
			return errs
		},
		func() (errs field.ErrorList) {
			v.exceptions, errs = compileExceptions(path, env, exceptions, spec.FailurePolicy)
			return errs
		},
	}
	for _, step := range steps {
		if errs := step(); len(errs) > 0 {
			first := field.InternalError(nil, fmt.Errorf(broken, "failed to compile policy"))
			return nil, append(field.ErrorList{first}, errs...)
		}
	}
	return v, nil
}

func compileValidations(path *field.Path, env *cel.Env, written []admissionregistrationv1.Validation) ([]compiler.Validation, field.ErrorList) {
	var out []compiler.Validation
	for i, validation := range written {
		program, errs := compiler.CompileValidation(path.Index(i), env, validation)
		if len(errs) > 0 {
			return nil, errs
		}
		out = append(out, program)
	}
	return out, nil
}

// Evaluate says what each variant of the policy makes of a request. A variant that is about other resources has no
// rules, and is left out where nothing but kinds decides that.
func (p *Validating) Evaluate(ctx context.Context, request *Request) ([][]engine.RuleResult, error) {
	if p.payload {
		return p.EvaluatePayload(ctx, request.Resource.Object), nil
	}
	var answers [][]engine.RuleResult
	for _, v := range p.variants {
		matches, err := request.matches(v.spec.MatchConstraints)
		switch {
		case err != nil:
			answers = append(answers, []engine.RuleResult{result("match", engine.Error, "failed to execute matching: "+err.Error())})
		case matches:
			input, err := request.input()
			if err != nil {
				return nil, err
			}
			answers = append(answers, v.judge(ctx, input))
		case !onlyKinds(v.spec.MatchConstraints):
			answers = append(answers, nil)
		}
	}
	return answers, nil
}

// Payload says whether the policy judges any JSON, and not requests for resources.
func (p *Validating) Payload() bool { return p.payload }

// EvaluatePayload says what the policy makes of a JSON object.
func (p *Validating) EvaluatePayload(ctx context.Context, payload map[string]any) [][]engine.RuleResult {
	var answers [][]engine.RuleResult
	for _, v := range p.variants {
		answers = append(answers, v.judge(ctx, payloadInput(payload)))
	}
	return answers
}

// payloadInput are the variables of expressions about JSON: those of requests are null.
func payloadInput(payload map[string]any) map[string]any {
	return map[string]any{
		compiler.ObjectKey: payload, compiler.OldObjectKey: nil, compiler.NamespaceObjectKey: nil, compiler.RequestKey: nil,
	}
}
