package celpolicy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celautogen "github.com/kyverno/kyverno/pkg/cel/autogen"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/mpol/autogen"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine"
)

// Mutating is a compiled MutatingPolicy or NamespacedMutatingPolicy: what is written, and what Kyverno generates from that
// for the controllers of pods.
type Mutating struct {
	variants []*mutator
	// Types knows the fields of kinds, for ApplyConfiguration.
	Types Types
}

// mutator is a policy as it is written, or generated for some controllers.
type mutator struct {
	policy           string // its name
	spec             *v1beta1.MutatingPolicySpec
	conditions       conditions
	targetConditions conditions
	target           cel.Program // which existing resources; nil when constraints say it
	targets          *admissionregistrationv1.MatchResources
	variables        map[string]cel.Program
	annotations      map[string]cel.Program
	exceptions       []exception
	patches          []patcher
}

// CompileMutating compiles a policy with the exceptions that name it.
func CompileMutating(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, world Surroundings) (*Mutating, error) {
	policy := &v1beta1.MutatingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
	}
	generated, err := autogen.Autogen(policy)
	if err != nil {
		return nil, err
	}
	specs := []*v1beta1.MutatingPolicySpec{&policy.Spec}
	for _, config := range slices.Sorted(maps.Keys(generated)) {
		if config != celautogen.ExtractionReplacementsRef { // kinds whose pods would have to be looked for
			specs = append(specs, generated[config].Spec)
		}
	}
	own, err := exceptionsOf(object, exceptions)
	if err != nil {
		return nil, err
	}
	out := &Mutating{}
	for _, spec := range specs {
		m, errs := compileMutation(spec, own, world, object.GetNamespace())
		if len(errs) > 0 {
			return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), errs.ToAggregate())
		}
		m.policy = object.GetName()
		out.variants = append(out.variants, m)
	}
	return out, nil
}

func compileMutation(spec *v1beta1.MutatingPolicySpec, exceptions []*v1beta1.PolicyException, world Surroundings, namespace string) (*mutator, field.ErrorList) {
	env, provider, err := newEnvironment(world, namespace, 2, variables(), mutationTypes()...)
	if err != nil {
		return nil, field.ErrorList{field.InternalError(nil, fmt.Errorf("mutating policy extended compiler 2.0 error: %w", err))}
	}
	m, path := &mutator{spec: spec, targets: targetConstraints(spec)}, field.NewPath("spec")
	for _, step := range []func() field.ErrorList{
		func() (errs field.ErrorList) {
			m.variables, errs = compileVariables(path.Child("variables"), env, provider, spec.Variables)
			return errs
		},
		func() (errs field.ErrorList) {
			m.conditions, errs = compileConditions(path.Child("matchConditions"), env, spec.MatchConditions, nil)
			return errs
		},
		func() (errs field.ErrorList) {
			m.target, errs = compileTarget(path.Child("targetMatchConstraints", "expression"), env, spec)
			return errs
		},
		func() (errs field.ErrorList) {
			m.targetConditions, errs = compileConditions(path.Child("targetMatchConditions"), env, spec.TargetMatchConditions, nil)
			return errs
		},
		func() (errs field.ErrorList) {
			m.exceptions, errs = compileExceptions(path, env, exceptions, nil)
			return errs
		},
		func() (errs field.ErrorList) {
			m.annotations, errs = compiler.CompileAuditAnnotations(path.Child("auditAnnotations"), env, spec.AuditAnnotations...)
			return errs
		},
		func() (errs field.ErrorList) {
			m.patches, errs = compilePatches(path.Child("mutations"), env, spec.Mutations)
			return errs
		},
	} {
		if errs := step(); len(errs) > 0 {
			return nil, errs
		}
	}
	return m, nil
}

// compileTarget compiles the expression that returns the existing resources to change.
func compileTarget(path *field.Path, env *cel.Env, spec *v1beta1.MutatingPolicySpec) (cel.Program, field.ErrorList) {
	if spec.TargetMatchConstraints == nil || spec.TargetMatchConstraints.Expression == "" {
		return nil, nil
	}
	expression := spec.TargetMatchConstraints.Expression
	ast, issues := env.Compile(expression)
	if err := issues.Err(); err != nil {
		return nil, field.ErrorList{field.Invalid(path, expression, err.Error())}
	}
	if !ast.OutputType().IsExactType(types.NewMapType(types.StringType, types.AnyType)) {
		return nil, field.ErrorList{field.Invalid(path, expression, "output type must be a map")}
	}
	program, err := env.Program(ast)
	if err != nil {
		return nil, field.ErrorList{field.InternalError(path, err)}
	}
	return program, nil
}

// Evaluate changes a resource by each variant of the policy in turn, and returns it with what they say. A variant that is
// about other resources has no rules, and is left out where nothing but kinds decides that.
func (p *Mutating) Evaluate(ctx context.Context, request *Request) (*unstructured.Unstructured, [][]engine.RuleResult) {
	var answers [][]engine.RuleResult
	current := *request
	for _, m := range p.variants {
		ok, err := current.matches(m.spec.MatchConstraints)
		switch {
		case err != nil:
			answers = append(answers, []engine.RuleResult{broken("match", "failed to execute matching", err)})
		case ok:
			patched, said := m.change(ctx, &current, p.Types, false)
			answers = append(answers, []engine.RuleResult{said})
			if patched != nil {
				current.Resource = patched
			}
		case !onlyKinds(m.spec.MatchConstraints):
			answers = append(answers, nil)
		}
	}
	return current.Resource, answers
}

// change applies the mutations to the object of a request; nil when they do not apply. target says that it is an existing
// resource, and the request one for another.
func (m *mutator) change(ctx context.Context, request *Request, types Types, target bool) (*unstructured.Unstructured, engine.RuleResult) {
	changed, said, err := m.patch(ctx, request, types, target)
	if err != nil {
		said = broken("evaluation", "failed to evaluate policy", err)
	}
	said.Type = engine.Mutation
	return changed, said
}

func (m *mutator) patch(ctx context.Context, request *Request, types Types, target bool) (*unstructured.Unstructured, engine.RuleResult, error) {
	var none engine.RuleResult
	input, err := request.input()
	if err != nil {
		return nil, none, err
	}
	exempted, allowed, err := exempt(ctx, m.exceptions, input)
	if err != nil {
		return nil, none, err
	}
	if len(exempted) > 0 {
		return nil, exemption(exempted), nil
	}
	input[compiler.ExceptionsKey] = allowed
	input[compiler.VariablesKey] = lazily(ctx, m.variables, input)
	conditions := m.conditions
	if target {
		conditions = m.targetConditions
	}
	switch ok, err := conditions.hold(ctx, input); {
	case err != nil:
		return nil, none, err
	case !ok:
		return nil, result("", engine.Skip, "skip"), nil
	}
	changed, err := request.apply(ctx, m.patches, input, types(request.Kind))
	if err != nil {
		return nil, none, err
	}
	said := result("", engine.Pass, "success")
	said.Properties, err = annotate(ctx, m.annotations, input)
	return changed, said, err
}
