package stored

import (
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	mpolautogen "github.com/kyverno/kyverno/pkg/cel/policies/mpol/autogen"
	vpolautogen "github.com/kyverno/kyverno/pkg/cel/policies/vpol/autogen"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/celpolicy"
)

// Kind is a kind of policies.
type Kind struct {
	Kind     string
	Resource schema.GroupVersionResource
	// Path is the first part of the path of the kind's webhooks, Mutates which configuration they are in.
	Path    string
	Mutates bool

	source  string
	webhook string // how the names of webhooks begin
	read    func(*Policy) error
	compile func(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, around celpolicy.Surroundings) (judge, error)
}

// group is the API group of the kinds; the real controllers read this version of it.
var group = schema.GroupVersion{Group: "policies.kyverno.io", Version: "v1beta1"}

// Resource is a resource of the group in the version that the real controllers read.
func Resource(name string) schema.GroupVersionResource { return group.WithResource(name) }

// Kinds returns the kinds of policies that are known here.
func Kinds() []*Kind {
	return []*Kind{
		{
			Kind: "ValidatingPolicy", Resource: group.WithResource("validatingpolicies"), Path: "/vpol",
			webhook: "vpol.validate.kyverno.svc", source: "KyvernoValidatingPolicy", compile: compileValidating,
			read: func(p *Policy) error { return readValidating(p, &v1beta1.ValidatingPolicy{}) },
		},
		{
			Kind: "NamespacedValidatingPolicy", Resource: group.WithResource("namespacedvalidatingpolicies"), Path: "/nvpol",
			webhook: "nvpol.validate.kyverno.svc", source: "KyvernoValidatingPolicy", compile: compileValidating,
			read: func(p *Policy) error { return readValidating(p, &v1beta1.NamespacedValidatingPolicy{}) },
		},
		{
			Kind: "MutatingPolicy", Resource: group.WithResource("mutatingpolicies"), Path: "/mpol", Mutates: true,
			webhook: "mpol.validate.kyverno.svc", source: "KyvernoMutatingPolicy", compile: compileMutating,
			read: func(p *Policy) error { return readMutating(p, &v1beta1.MutatingPolicy{}) },
		},
		{
			Kind: "NamespacedMutatingPolicy", Resource: group.WithResource("namespacedmutatingpolicies"), Path: "/nmpol", Mutates: true,
			webhook: "nmpol.validate.kyverno.svc", source: "KyvernoMutatingPolicy", compile: compileMutating,
			read: func(p *Policy) error { return readMutating(p, &v1beta1.NamespacedMutatingPolicy{}) },
		},
	}
}

// validatingPolicy is a ValidatingPolicy or a NamespacedValidatingPolicy.
type validatingPolicy interface {
	written
	v1beta1.ValidatingPolicyLike
}

func readValidating(p *Policy, policy validatingPolicy) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.object.Object, policy); err != nil {
		return err
	}
	configs, err := vpolautogen.Autogen(policy)
	if err != nil {
		return err
	}
	p.written, p.admission = policy, policy.GetValidatingPolicySpec().AdmissionEnabled()
	p.status = v1beta1.ValidatingPolicyAutogenStatus{Configs: configs}
	collect(p, configs, func(made v1beta1.ValidatingPolicyAutogen) generated {
		return generated{targets: made.Targets, constraints: made.Spec.MatchConstraints, conditions: made.Spec.MatchConditions}
	})
	return nil
}

// mutatingPolicy is a MutatingPolicy or a NamespacedMutatingPolicy.
type mutatingPolicy interface {
	written
	v1beta1.MutatingPolicyLike
}

func readMutating(p *Policy, policy mutatingPolicy) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.object.Object, policy); err != nil {
		return err
	}
	configs, err := mpolautogen.Autogen(policy)
	if err != nil {
		return err
	}
	p.written, p.admission = policy, policy.GetSpec().AdmissionEnabled()
	p.status = v1beta1.MutatingPolicyAutogenStatus{Configs: configs}
	collect(p, configs, func(made v1beta1.MutatingPolicyAutogen) generated {
		return generated{targets: made.Targets, constraints: made.Spec.MatchConstraints, conditions: made.Spec.MatchConditions}
	})
	return nil
}
