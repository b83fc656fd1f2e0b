package celpolicy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/go-containerregistry/pkg/name"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	imagevariables "github.com/kyverno/kyverno/pkg/image/verification/variables"
	"github.com/kyverno/sdk/extensions/cel/utils"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/cel/lazy"

	"podsec/engine"
)

// imageProgram is a compiled variant. Its functions keep what they do in the session: it is for one evaluation at a time.
type imageProgram struct {
	spec        *v1beta1.ImageValidatingPolicySpec
	verifier    engine.ImageVerifier
	world       Surroundings
	session     imageSession
	conditions  conditions
	references  []compiler.MatchImageReference
	extractors  func(*metav1.GroupVersionResource) (map[string]compiler.ImageExtractor, error) // by what the request is about
	variables   map[string]cel.Program
	attestors   []*imagevariables.CompiledAttestor
	validations []compiler.Validation
	annotations map[string]cel.Program
	exceptions  []exception
}

// imageAnswer is what a policy says, if it says anything, and the images that it is about.
type imageAnswer struct {
	rule   *engine.RuleResult
	images []string
}

// compileImages compiles a variant with the variables that its expressions may name.
func compileImages(
	spec *v1beta1.ImageValidatingPolicySpec, exceptions []*v1beta1.PolicyException, world Surroundings, namespace string, verifier engine.ImageVerifier,
	declared []cel.EnvOption,
) (*imageProgram, error) {
	p := &imageProgram{spec: spec.DeepCopy(), verifier: verifier, world: world} // attestors are filled in when they are evaluated
	env, provider, err := newEnvironment(world, namespace, 1, declared, p.environment()...)
	if err != nil {
		return nil, err
	}
	images, err := compiler.NewMatchImageEnv()
	if err != nil {
		return nil, err
	}
	path := field.NewPath("spec")
	p.extractors = extractors(path.Child("images"), env, p.spec.ImageExtractors)
	for _, step := range []func() field.ErrorList{
		func() (errs field.ErrorList) {
			p.conditions, errs = compileConditions(path.Child("matchConditions"), env, p.spec.MatchConditions, p.spec.FailurePolicy)
			return errs
		},
		func() (errs field.ErrorList) {
			p.references, errs = compiler.CompileMatchImageReferences(path.Child("matchImageReferences"), images, p.spec.MatchImageReferences...)
			return errs
		},
		func() (errs field.ErrorList) {
			p.variables, errs = compileVariables(path.Child("variables"), env, provider, p.spec.Variables)
			return errs
		},
		func() (errs field.ErrorList) {
			p.attestors, errs = imagevariables.CompileAttestors(path.Child("attestors"), p.spec.Attestors, env)
			return errs
		},
		func() (errs field.ErrorList) {
			p.validations, errs = compileValidations(path.Child("validations"), env, p.spec.Validations)
			return errs
		},
		func() (errs field.ErrorList) {
			p.annotations, errs = compiler.CompileAuditAnnotations(path.Child("auditAnnotations"), env, p.spec.AuditAnnotations...)
			return errs
		},
		func() (errs field.ErrorList) {
			p.exceptions, errs = compileExceptions(path, env, exceptions, p.spec.FailurePolicy)
			return errs
		},
	} {
		if errs := step(); len(errs) > 0 {
			return nil, errs.ToAggregate()
		}
	}
	return p, nil
}

// environment is what expressions about images have beside those of other policies.
func (p *imageProgram) environment() []cel.EnvOption {
	return append(p.functions(),
		cel.Variable(compiler.ImagesKey, cel.MapType(cel.StringType, cel.ListType(cel.StringType))),
		cel.Variable(compiler.AttestorsKey, cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable(compiler.AttestationsKey, cel.MapType(cel.StringType, cel.StringType)),
	)
}

// extractors returns what compiles, once for each resource, the expressions that find images: those of the policy, and
// Kyverno's own where it knows the resource.
func extractors(
	path *field.Path, env *cel.Env, written []v1beta1.ImageExtractor,
) func(*metav1.GroupVersionResource) (map[string]compiler.ImageExtractor, error) {
	known := map[metav1.GroupVersionResource]map[string]compiler.ImageExtractor{}
	return func(about *metav1.GroupVersionResource) (map[string]compiler.ImageExtractor, error) {
		var key metav1.GroupVersionResource
		if about != nil {
			key = *about
		}
		if found, ok := known[key]; ok {
			return found, nil
		}
		found, errs := compiler.CompileImageExtractors(path, env, about, written...)
		if len(errs) > 0 {
			return nil, errs.ToAggregate()
		}
		known[key] = found
		return found, nil
	}
}

// evaluate says what the policy makes of a request or payload, about is the request's resource. The first validation that
// does not hold decides.
func (p *imageProgram) evaluate(ctx context.Context, input map[string]any, about *metav1.GroupVersionResource) (imageAnswer, error) {
	extractors, err := p.extractors(about)
	if err != nil {
		return imageAnswer{}, &compileError{err}
	}
	if ok, err := p.conditions.hold(ctx, input); !ok || err != nil {
		return imageAnswer{}, err
	}
	exempted, err := p.exempt(ctx, input)
	if err != nil {
		return imageAnswer{}, err
	}
	if len(exempted) > 0 {
		said := exemption(exempted)
		return imageAnswer{rule: &said}, nil
	}
	input[compiler.VariablesKey] = lazily(ctx, p.variables, input)
	images, err := p.images(input, extractors)
	if err != nil {
		return imageAnswer{}, err
	}
	said, err := p.validate(ctx, input, images)
	said.Type = engine.ImageVerify
	return imageAnswer{&said, images}, err
}

// exempt are the exceptions that exempt from the policy as a whole; others mean nothing here.
func (p *imageProgram) exempt(ctx context.Context, input map[string]any) ([]exception, error) {
	var applied []exception
	for _, e := range p.exceptions {
		ok, err := e.conditions.hold(ctx, input)
		if err != nil && len(applied) == 0 {
			return nil, err
		}
		if ok && err == nil && e.full() {
			applied = append(applied, e)
		}
	}
	return applied, nil
}

// images are the images that the policy is about; expressions see them by where they are.
func (p *imageProgram) images(input map[string]any, extractors map[string]compiler.ImageExtractor) ([]string, error) {
	found, err := compiler.ExtractImages(input, extractors)
	if err != nil {
		return nil, err
	}
	images, all := map[string][]string{}, []string{}
	for _, where := range slices.Sorted(maps.Keys(found)) {
		images[where] = []string{}
		for _, image := range found[where] {
			ok, err := matching.MatchImage(image, p.references...)
			if err != nil {
				return nil, err
			}
			if ok {
				images[where] = append(images[where], image)
				all = append(all, image)
			}
		}
	}
	input[compiler.ImagesKey] = images
	return all, nil
}

// validate evaluates the validations, once all images have a digest (where that is wanted) and are known to be there.
func (p *imageProgram) validate(ctx context.Context, input map[string]any, images []string) (engine.RuleResult, error) {
	if verify := p.spec.ValidationConfigurations.VerifyDigest; verify == nil || *verify {
		if image, err := untagged(images); image != "" || err != nil {
			return result("", engine.Fail, fmt.Sprintf("image %s does not have a digest", image)), err
		}
	}
	for _, image := range images {
		if err := p.resolve(image); err != nil {
			return engine.RuleResult{}, err
		}
	}
	p.declare(input)
	said := result("", engine.Pass, "success")
	for i, validation := range p.validations {
		out, _, err := validation.Program.ContextEval(ctx, input)
		if err != nil {
			return engine.RuleResult{}, err
		}
		ok, err := utils.ConvertToNative[bool](out)
		if err != nil {
			return engine.RuleResult{}, err
		}
		if !ok {
			said = result("", engine.Fail, text(ctx, i, validation, input))
			break
		}
	}
	var err error
	said.Properties, err = annotate(ctx, p.annotations, input)
	return said, err
}

// untagged is the first image that has no digest.
func untagged(images []string) (string, error) {
	for _, image := range images {
		ref, err := name.ParseReference(image)
		if err != nil {
			return "", fmt.Errorf("failed to parse image reference %s: %w", image, err)
		}
		if _, ok := ref.(name.Digest); !ok {
			return image, nil
		}
	}
	return "", nil
}

// declare puts attestors and attestations where expressions find them.
func (p *imageProgram) declare(input map[string]any) {
	attestations := map[string]string{}
	for _, attestation := range p.spec.Attestations {
		attestations[attestation.Name] = attestation.Name
	}
	attestors := lazy.NewMapValue(cel.DynType)
	for _, attestor := range p.attestors {
		attestors.Append(attestor.Key, func(*lazy.MapValue) ref.Val {
			value, err := attestor.Evaluate(input)
			if err != nil {
				return types.WrapErr(err)
			}
			return value
		})
	}
	input[compiler.AttestationsKey], input[compiler.AttestorsKey] = attestations, attestors
}
