package celpolicy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/cel-go/cel"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/ivpol/autogen"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/engine"
)

// ImageValidating is an ImageValidatingPolicy or NamespacedImageValidatingPolicy: what is written, and what Kyverno
// generates from that for the controllers of pods.
type ImageValidating struct {
	name     string
	payload  bool // evaluation.mode is JSON
	required bool // each image must have been verified, by any policy
	variants []*imageVariant
}

// imageVariant is a policy as it is written, or generated for some controllers.
type imageVariant struct {
	spec     *v1beta1.ImageValidatingPolicySpec
	programs sync.Pool // of *imageProgram that nobody uses now
	compile  func() (*imageProgram, error)
}

// NewImageValidating reads a policy. Of the exceptions those that name the policy count; verifier may be nil. Expressions
// that cannot be compiled are, as in Kyverno, an error of each evaluation.
func NewImageValidating(
	object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, world Surroundings, verifier engine.ImageVerifier,
) (*ImageValidating, error) {
	policy := &v1beta1.ImageValidatingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
	}
	generated, err := autogen.Autogen(policy)
	if err != nil {
		return nil, err
	}
	declared, payload := variables(), policy.Spec.EvaluationMode() == "JSON"
	if payload { // the Kyverno CLI knows neither of a request nor of exceptions then
		declared, exceptions = []cel.EnvOption{cel.Variable(compiler.ObjectKey, cel.DynType)}, nil
	}
	own, err := exceptionsOf(object, exceptions)
	if err != nil {
		return nil, err
	}
	specs := []*v1beta1.ImageValidatingPolicySpec{&policy.Spec}
	for _, config := range slices.Sorted(maps.Keys(generated)) {
		if config != autogen.ExtractionReplacementsRef { // kinds whose pods would have to be looked for
			specs = append(specs, generated[config].Spec)
		}
	}
	configuration := policy.Spec.ValidationConfigurations
	out := &ImageValidating{
		name: object.GetName(), payload: payload,
		required: configuration.Required == nil || *configuration.Required,
	}
	for _, spec := range specs {
		out.variants = append(out.variants, &imageVariant{spec: spec, compile: func() (*imageProgram, error) {
			return compileImages(spec, own, world, object.GetNamespace(), verifier, declared)
		}})
	}
	return out, nil
}

// EvaluateImages says what each of the policies makes of a request: nothing when it is not about it. Policies share what
// was verified: one may require what another does.
func EvaluateImages(ctx context.Context, policies []*ImageValidating, request *Request) [][]engine.RuleResult {
	answers, seen := make([]imageAnswer, len(policies)), &seenImages{}
	for i, policy := range policies {
		if !policy.payload {
			answers[i] = policy.evaluate(ctx, request, seen)
		}
	}
	return settle(policies, answers, seen)
}

// EvaluateImagePayload is EvaluateImages for JSON that is no resource, which policies of that mode are about. As in the
// Kyverno CLI, audit annotations are of failures alone.
func EvaluateImagePayload(ctx context.Context, policies []*ImageValidating, payload map[string]any) ([][]engine.RuleResult, error) {
	answers, seen := make([]imageAnswer, len(policies)), &seenImages{}
	for i, policy := range policies {
		if !policy.payload {
			continue
		}
		var err error
		answers[i], err = policy.variants[0].run(ctx, map[string]any{compiler.ObjectKey: payload}, nil, seen)
		var compiling *compileError
		switch {
		case errors.As(err, &compiling):
			return nil, fmt.Errorf("failed to compile policy [%w]", err)
		case err != nil:
			return nil, err
		}
	}
	out := settle(policies, answers, seen)
	for _, said := range out {
		for i := range said {
			if said[i].Status == engine.Pass {
				said[i].Properties = nil
			}
		}
	}
	return out, nil
}

// settle fails policies that require what no policy has verified, and names the rules.
func settle(policies []*ImageValidating, answers []imageAnswer, seen *seenImages) [][]engine.RuleResult {
	out := make([][]engine.RuleResult, len(policies))
	for i, policy := range policies {
		said := answers[i].rule
		if said == nil {
			continue
		}
		if message := seen.missing(answers[i].images); policy.required && said.Status == engine.Pass && message != "" {
			said.Status, said.Message = engine.Fail, message
		}
		if said.Rule == "" {
			said.Rule = policy.name
		}
		out[i] = []engine.RuleResult{*said}
	}
	return out
}

// evaluate evaluates the variant that is about a request, if there is one.
func (p *ImageValidating) evaluate(ctx context.Context, request *Request, seen *seenImages) imageAnswer {
	for _, v := range p.variants {
		matches, err := request.matches(v.spec.MatchConstraints)
		if err != nil {
			return brokenImages("match", "failed to execute matching", err)
		}
		if !matches {
			continue
		}
		input, err := request.input()
		if err != nil {
			return brokenImages("evaluation", "failed to evaluate policy", err)
		}
		about := metav1.GroupVersionResource(request.Plural)
		answer, err := v.run(ctx, input, &about, seen)
		var compiling *compileError
		switch {
		case errors.As(err, &compiling):
			return brokenImages("evaluation", "failed to compile policy", err)
		case err != nil:
			return brokenImages("evaluation", "failed to evaluate policy", err)
		}
		return answer
	}
	return imageAnswer{}
}

func brokenImages(rule, what string, err error) imageAnswer {
	said := broken(rule, what, err)
	said.Type = engine.ImageVerify
	return imageAnswer{rule: &said}
}

// compileError is one of expressions that cannot be compiled.
type compileError struct{ error }

// run evaluates a program that nobody else uses; about is the request's resource, nil for JSON.
func (v *imageVariant) run(ctx context.Context, input map[string]any, about *metav1.GroupVersionResource, seen *seenImages) (imageAnswer, error) {
	program, ok := v.programs.Get().(*imageProgram)
	if !ok {
		var err error
		if program, err = v.compile(); err != nil {
			return imageAnswer{}, &compileError{err}
		}
	}
	defer v.programs.Put(program)
	program.session = imageSession{ctx: ctx, seen: seen, payloads: map[string]any{}}
	return program.evaluate(ctx, input, about)
}
