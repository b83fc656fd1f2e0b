package policies

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"

	"podsec/kube/sim/api"
)

// hooks are the policies that are bound, at one generation of the catalog.
type hooks struct {
	generation uint64
	objects    *objects
	validating []validating.PolicyHook
	mutating   []mutating.PolicyHook
}

// source makes hooks of what is stored. It asks the store only when something changed, and compiles a policy once.
type source struct {
	reader  Reader
	catalog Catalog
	latest  atomic.Pointer[hooks]

	mu         sync.Mutex
	validators compiled[validating.Validator]
	mutators   compiled[mutating.PolicyEvaluator]
}

func newSource(reader Reader, catalog Catalog) *source {
	return &source{reader: reader, catalog: catalog}
}

// current returns the hooks of this moment.
func (s *source) current(ctx context.Context) (*hooks, error) {
	if h := s.latest.Load(); h != nil && h.generation == s.catalog.Generation() {
		return h, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Asked before anything is read: what is written in between makes another generation.
	generation := s.catalog.Generation()
	if h := s.latest.Load(); h != nil && h.generation == generation {
		return h, nil
	}
	h, err := s.make(ctx)
	if err != nil {
		return nil, err
	}
	h.generation = generation
	s.latest.Store(h)
	return h, nil
}

func (s *source) make(ctx context.Context) (*hooks, error) {
	validators, err := bound[admissionv1.ValidatingAdmissionPolicy, admissionv1.ValidatingAdmissionPolicyBinding](ctx, s.reader,
		"validatingadmissionpolicies", func(b *admissionv1.ValidatingAdmissionPolicyBinding) string { return b.Spec.PolicyName })
	if err != nil {
		return nil, err
	}
	mutators, err := bound[admissionv1.MutatingAdmissionPolicy, admissionv1.MutatingAdmissionPolicyBinding](ctx, s.reader,
		"mutatingadmissionpolicies", func(b *admissionv1.MutatingAdmissionPolicyBinding) string { return b.Spec.PolicyName })
	if err != nil {
		return nil, err
	}
	h := &hooks{}
	if len(validators) == 0 && len(mutators) == 0 {
		s.validators, s.mutators = nil, nil
		return h, nil
	}
	resources := s.catalog.Resources()
	h.objects = newObjects(s.catalog, resources)
	h.validating = hooksOf(s, resources, validators, &s.validators, compileValidating,
		func(p *admissionv1.ValidatingAdmissionPolicy) *admissionv1.ParamKind { return p.Spec.ParamKind })
	h.mutating = hooksOf(s, resources, mutators, &s.mutators, compileMutating,
		func(p *admissionv1.MutatingAdmissionPolicy) *admissionv1.ParamKind { return p.Spec.ParamKind })
	return h, nil
}

// pair is a policy with the bindings that name it.
type pair[P, B any] struct {
	policy   *P
	bindings []*B
}

// bound returns the policies that bindings name, by their names. The resource of bindings is called after the one of policies.
func bound[P, B any](ctx context.Context, reader Reader, resource string, policyOf func(*B) string) ([]pair[P, B], error) {
	singular := resource[:len(resource)-len("ies")] + "y"
	bindings, err := read[B](ctx, reader, singular+"bindings")
	if err != nil || len(bindings) == 0 {
		return nil, err
	}
	byPolicy := map[string][]*B{}
	for _, b := range bindings {
		byPolicy[policyOf(b)] = append(byPolicy[policyOf(b)], b)
	}
	policies, err := read[P](ctx, reader, resource)
	if err != nil {
		return nil, err
	}
	var out []pair[P, B]
	for _, p := range policies {
		if named := byPolicy[any(p).(metav1.Object).GetName()]; len(named) > 0 {
			out = append(out, pair[P, B]{policy: p, bindings: named})
		}
	}
	return out, nil
}

// read lists a resource of the group, by name.
func read[T any](ctx context.Context, reader Reader, resource string) ([]*T, error) {
	list, err := reader.List(ctx, schema.GroupVersionResource{Group: admissionv1.GroupName, Version: "v1", Resource: resource}, "", nil)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", resource, err)
	}
	out := make([]*T, len(list))
	for i, obj := range list {
		out[i] = new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, out[i]); err != nil {
			return nil, fmt.Errorf("read %s %s: %w", resource, obj.GetName(), err)
		}
	}
	return out, nil
}

// object is a policy or a binding.
type object[T any] interface {
	*T
	runtime.Object
	metav1.Object
}

// hooksOf makes the hooks of bound policies, with what was compiled before where it still holds.
func hooksOf[P, B any, PP object[P], BP object[B], E any](s *source, resources []api.Resource, pairs []pair[P, B], known *compiled[E],
	compile func(*P) E, kindOf func(*P) *admissionv1.ParamKind,
) []generic.PolicyHook[PP, BP, E] {
	next := make(compiled[E], len(pairs))
	out := make([]generic.PolicyHook[PP, BP, E], len(pairs))
	for i, p := range pairs {
		at := versionOf(PP(p.policy))
		evaluator, ok := (*known)[at]
		if !ok {
			evaluator = compile(p.policy)
		}
		next[at] = evaluator
		hook := generic.PolicyHook[PP, BP, E]{Policy: PP(p.policy), Evaluator: evaluator}
		for _, b := range p.bindings {
			hook.Bindings = append(hook.Bindings, BP(b))
		}
		hook.ParamInformer, hook.ParamScope, hook.ConfigurationError = paramsOf(s.reader, resources, kindOf(p.policy))
		out[i] = hook
	}
	*known = next
	return out
}

// compiled are evaluators by what they were made from.
type compiled[E any] map[version]E

// version is one state of a policy. Its generation would not do: after everything was put back, another policy of the
// same name has the same UID and generation, but never the same resourceVersion.
type version struct {
	uid             types.UID
	resourceVersion string
}

func versionOf(obj metav1.Object) version { return version{obj.GetUID(), obj.GetResourceVersion()} }
