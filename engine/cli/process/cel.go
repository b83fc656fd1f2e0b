package process

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/cli/files"
)

// CEL are the compiled policies beside ClusterPolicies and Policies.
type CEL struct {
	validating []compiled[*celpolicy.Validating]
	admission  []compiled[*celpolicy.Admission]
	mutating   []compiled[*celpolicy.Mutating]
	changing   []compiled[*celpolicy.MutatingAdmission]
	generating []compiled[*celpolicy.Generating]
	images     []compiled[*celpolicy.ImageValidating]
	deleting   []compiled[*celpolicy.Deleting]
}

// compiled is a policy, and what evaluates it.
type compiled[T any] struct {
	policy  celPolicy
	program T
}

// keep adds a policy to those of its kind, unless it cannot be compiled.
func keep[T any](all *[]compiled[T], object *unstructured.Unstructured, program T, err error) error {
	if err == nil {
		*all = append(*all, compiled[T]{celPolicy{object}, program})
	}
	return err
}

// CELSource is what CEL policies are compiled from.
type CELSource struct {
	Policies   *files.Policies              // with the bindings of the API server's
	Params     []*unstructured.Unstructured // what paramRefs may mean
	Exceptions []*unstructured.Unstructured // PolicyExceptions; only those of policies.kyverno.io count
	World      celpolicy.Surroundings
	Types      celpolicy.Types // knows the fields of kinds; nil: what objects show
	Verifier   engine.ImageVerifier
	Strict     bool // there is a cluster: constraints of policies count beside those of their bindings
}

// CompileCEL compiles policies. Errors say where in its file a policy or an exception is wrong.
func CompileCEL(from CELSource) (*CEL, error) {
	from.Exceptions = slices.DeleteFunc(slices.Clone(from.Exceptions), func(polex *unstructured.Unstructured) bool {
		return polex.GroupVersionKind().Group != "policies.kyverno.io"
	})
	if from.Types == nil || from.Strict {
		from.Types = celpolicy.Shown(from.Types)
	}
	out := &CEL{}
	for _, object := range slices.Concat(from.Policies.CEL, from.Policies.Admission, from.Policies.Mutating) {
		if err := out.add(&from, object); err != nil {
			return nil, from.Policies.Place(from.blamed(object), err)
		}
	}
	return out, nil
}

// blamed is what an error of a policy is about: the policy, or the exception with which it cannot be compiled.
func (s CELSource) blamed(policy *unstructured.Unstructured) *unstructured.Unstructured {
	all := s.Exceptions
	if s.Exceptions = nil; (&CEL{}).add(&s, policy) != nil {
		return policy
	}
	for _, polex := range all {
		if s.Exceptions = []*unstructured.Unstructured{polex}; (&CEL{}).add(&s, policy) != nil {
			return polex
		}
	}
	return policy
}

// add compiles one policy.
func (c *CEL) add(from *CELSource, object *unstructured.Unstructured) error {
	switch object.GetKind() {
	case "ValidatingPolicy", "NamespacedValidatingPolicy":
		program, err := celpolicy.CompileValidating(object, from.Exceptions, from.World)
		return keep(&c.validating, object, program, err)
	case "MutatingPolicy", "NamespacedMutatingPolicy":
		program, err := celpolicy.CompileMutating(object, from.Exceptions, from.World)
		if err == nil {
			program.Types = from.Types
		}
		return keep(&c.mutating, object, program, err)
	case "GeneratingPolicy", "NamespacedGeneratingPolicy":
		program, err := celpolicy.CompileGenerating(object, from.Exceptions, from.World)
		return keep(&c.generating, object, program, err)
	case "ImageValidatingPolicy", "NamespacedImageValidatingPolicy":
		program, err := celpolicy.NewImageValidating(object, from.Exceptions, from.World, from.Verifier)
		return keep(&c.images, object, program, err)
	case "DeletingPolicy", "NamespacedDeletingPolicy":
		program, err := celpolicy.CompileDeleting(object, from.Exceptions, from.World)
		return keep(&c.deleting, object, program, err)
	case "ValidatingAdmissionPolicy":
		program, err := celpolicy.CompileAdmission(object, from.Policies.AdmissionBindings, from.Params)
		if err == nil {
			program.Strict = from.Strict
		}
		return keep(&c.admission, object, program, err)
	case "MutatingAdmissionPolicy":
		program, err := celpolicy.NewMutatingAdmission(object, from.Policies.MutatingBindings, from.Params)
		if err == nil {
			program.Strict = from.Strict
		}
		return keep(&c.changing, object, program, err)
	}
	return nil
}
