package celpolicy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/gpol/template"
	"github.com/kyverno/sdk/extensions/cel/libs/generator"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine"
)

// Generating is a compiled GeneratingPolicy or NamespacedGeneratingPolicy.
type Generating struct {
	name, namespace string
	spec            *v1beta1.GeneratingPolicySpec
	conditions      conditions
	variables       map[string]cel.Program
	annotations     map[string]cel.Program
	exceptions      []exception
	generations     []generation
}

// generation makes objects: by an expression that calls generator.apply, or from a template.
type generation struct {
	expression cel.Program
	template   *template.Template
}

// Generator takes the objects that a policy makes for a namespace; "" for none. Among them may be lists.
type Generator interface {
	GenerateResources(namespace string, objects []map[string]any) error
}

// CompileGenerating compiles a policy with the exceptions that name it.
func CompileGenerating(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, world Surroundings) (*Generating, error) {
	policy := &v1beta1.GeneratingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
	}
	own, err := exceptionsOf(object, exceptions)
	if err != nil {
		return nil, err
	}
	out := &Generating{name: object.GetName(), namespace: object.GetNamespace(), spec: &policy.Spec}
	if errs := out.compile(own, world); len(errs) > 0 {
		errs = append(field.ErrorList{notGenerating()}, errs...)
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), errs.ToAggregate())
	}
	return out, nil
}

// notGenerating is the first error of a policy that cannot be compiled.
func notGenerating() *field.Error {
	return field.InternalError(nil, errors.New("generating policy compiler 2.0 error: failed to compile policy"))
}

func (p *Generating) compile(exceptions []*v1beta1.PolicyException, world Surroundings) (errs field.ErrorList) {
	env, provider, err := newGeneratingEnvironment(world, p.namespace)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	path := field.NewPath("spec")
	if p.conditions, errs = compileConditions(path.Child("matchConditions"), env, p.spec.MatchConditions, nil); len(errs) > 0 {
		return errs
	}
	if p.variables, errs = compileVariables(path.Child("variables"), env, provider, p.spec.Variables); len(errs) > 0 {
		return errs
	}
	if p.generations, errs = compileGenerations(path.Child("generate"), env, p.spec.Generation); len(errs) > 0 {
		return errs
	}
	if p.annotations, errs = compiler.CompileAuditAnnotations(path.Child("auditAnnotations"), env, p.spec.AuditAnnotations...); len(errs) > 0 {
		return errs
	}
	p.exceptions, errs = compileExceptions(path, env, exceptions, nil)
	return errs
}

func compileGenerations(path *field.Path, env *cel.Env, written []v1beta1.Generation) ([]generation, field.ErrorList) {
	var out []generation
	for i, w := range written {
		path := path.Index(i)
		var one generation
		var errs field.ErrorList
		switch {
		case w.Template != nil && w.Expression != "":
			errs = field.ErrorList{field.Invalid(path, w, "only one of expression or template may be set")}
		case w.Template != nil:
			one.template, errs = template.Compile(path.Child("template"), env, w.Template)
		case w.Expression != "":
			one.expression, errs = compiler.CompileGeneration(path, env, w)
		default:
			errs = field.ErrorList{field.Required(path, "one of expression or template must be set")}
		}
		if len(errs) > 0 {
			return nil, errs
		}
		out = append(out, one)
	}
	return out, nil
}

// Evaluate makes what the policy generates because of a request, and says how that went: nothing when the policy is not
// about the request. What was made before an error is for the generator to forget.
func (p *Generating) Evaluate(ctx context.Context, request *Request, into Generator) []engine.RuleResult {
	switch matches, err := request.matches(p.spec.MatchConstraints); {
	case err != nil:
		return p.said(broken(p.name, "failed to execute matching", err))
	case !matches:
		return nil
	}
	input, err := request.input()
	if err != nil {
		return p.said(broken(p.name, "failed to evaluate policy", err))
	}
	return p.evaluate(ctx, input, into)
}

func (p *Generating) evaluate(ctx context.Context, input map[string]any, into Generator) []engine.RuleResult {
	exempted, allowed, err := exempt(ctx, p.exceptions, input)
	if err != nil {
		return p.said(broken(p.name, "failed to evaluate policy", err))
	}
	if len(exempted) > 0 {
		return p.said(exemption(exempted))
	}
	input[compiler.ExceptionsKey] = allowed
	ok, err := p.conditions.hold(ctx, input)
	if !ok && err == nil {
		return nil
	}
	if err == nil {
		input[compiler.VariablesKey] = lazily(ctx, p.variables, input)
		input[compiler.GeneratorKey] = generator.Context{ContextInterface: into}
		err = p.generate(ctx, input, into)
	}
	said := result(p.name, engine.Pass, "policy evaluated successfully")
	if err == nil {
		said.Properties, err = annotate(ctx, p.annotations, input)
	}
	if err != nil {
		return p.said(broken(p.name, "failed to evaluate policy", err))
	}
	return p.said(said)
}

func (p *Generating) said(one engine.RuleResult) []engine.RuleResult {
	one.Type = engine.Generation
	return []engine.RuleResult{one}
}

func (p *Generating) generate(ctx context.Context, input map[string]any, into Generator) error {
	for _, g := range p.generations {
		var err error
		if g.template != nil {
			err = p.render(ctx, g.template, input, into)
		} else {
			_, _, err = g.expression.ContextEval(ctx, input)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// render makes the objects of a template, each in the namespace that it names, or in that of the policy.
func (p *Generating) render(ctx context.Context, from *template.Template, input map[string]any, into Generator) error {
	rendered, err := from.Render(ctx, input)
	if err != nil {
		return fmt.Errorf("failed to render generation template: %w", err)
	}
	var namespaces []string
	objects := map[string][]map[string]any{}
	for _, content := range rendered {
		ofJSON(content)
		namespace := (&unstructured.Unstructured{Object: content}).GetNamespace()
		if p.namespace != "" && namespace != "" && namespace != p.namespace {
			return fmt.Errorf("cross-namespace generation denied: a policy in namespace %q cannot generate resources into namespace %q", p.namespace, namespace)
		}
		if p.namespace != "" {
			namespace = p.namespace
		}
		if _, known := objects[namespace]; !known {
			namespaces = append(namespaces, namespace)
		}
		objects[namespace] = append(objects[namespace], content)
	}
	for _, namespace := range namespaces {
		if err := into.GenerateResources(namespace, objects[namespace]); err != nil {
			return fmt.Errorf("failed to generate resources: %w", err)
		}
	}
	return nil
}

// ofJSON makes the values of YAML those of JSON, in place: YAML has whole numbers and times of its own, and keys of any kind.
func ofJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = ofJSON(inner)
		}
	case map[any]any:
		out := make(map[string]any, len(value))
		for key, inner := range value {
			out[fmt.Sprint(key)] = ofJSON(inner)
		}
		return out
	case []any:
		for i, inner := range value {
			value[i] = ofJSON(inner)
		}
	case int:
		return int64(value)
	case uint64:
		return float64(value)
	case time.Time:
		return value.Format(time.RFC3339Nano)
	}
	return value
}
