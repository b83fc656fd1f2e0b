package process

import (
	"context"
	"errors"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// CEL are the compiled policies beside ClusterPolicies and Policies.
type CEL struct {
	validating []celValidating
	admission  []celAdmission
}

type celValidating struct {
	policy   celPolicy
	compiled *celpolicy.Validating
}

type celAdmission struct {
	policy   celPolicy
	compiled *celpolicy.Admission
}

// CELSource is what CEL policies are compiled from.
type CELSource struct {
	Policies   []*unstructured.Unstructured // ValidatingPolicies and ValidatingAdmissionPolicies; others are passed over
	Bindings   []*unstructured.Unstructured // ValidatingAdmissionPolicyBindings
	Params     []*unstructured.Unstructured // what paramRefs may mean
	Exceptions []*unstructured.Unstructured // PolicyExceptions; only those of policies.kyverno.io count
	World      *celpolicy.World
	Strict     bool // there is a cluster: a ValidatingAdmissionPolicy's own constraints count beside its bindings'
}

// CompileCEL compiles policies.
func CompileCEL(from CELSource) (*CEL, error) {
	out := &CEL{}
	var exceptions []*unstructured.Unstructured
	for _, polex := range from.Exceptions {
		if polex.GroupVersionKind().Group == "policies.kyverno.io" {
			exceptions = append(exceptions, polex)
		}
	}
	for _, object := range from.Policies {
		switch object.GetKind() {
		case "ValidatingPolicy", "NamespacedValidatingPolicy":
			compiled, err := celpolicy.CompileValidating(object, exceptions, from.World)
			if err != nil {
				return nil, err
			}
			out.validating = append(out.validating, celValidating{celPolicy{object}, compiled})
		case "ValidatingAdmissionPolicy":
			compiled, err := celpolicy.CompileAdmission(object, from.Bindings, from.Params)
			if err != nil {
				return nil, err
			}
			compiled.Strict = from.Strict
			out.admission = append(out.admission, celAdmission{celPolicy{object}, compiled})
		}
	}
	return out, nil
}

// NewWorld is what expressions find: objects, under the resources that their kinds are usually called.
func NewWorld(objects []*unstructured.Unstructured) *celpolicy.World {
	world := &celpolicy.World{}
	for _, object := range objects {
		plural, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
		world.Resources = append(world.Resources, celpolicy.Resource{Plural: plural, Object: object})
	}
	return world
}

// judge applies the CEL policies to a resource: ValidatingPolicies first.
func (p *Processor) judge(ctx context.Context, resource *unstructured.Unstructured) ([]Response, error) {
	if p.CEL == nil || len(resource.Object) == 0 {
		return nil, nil
	}
	var responses []Response
	request := p.celRequest(resource)
	for _, policy := range p.CEL.validating {
		answers, err := policy.compiled.Evaluate(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("failed to apply validating policies on resource %s (%w)", resource.GetName(), err)
		}
		for _, rules := range answers {
			responses = append(responses, celResponse(policy.policy, resource, rules))
		}
	}
	request.Namespace = nil
	if labels := p.Values.NamespaceLabels(resource.GetNamespace()); labels != nil {
		request.Namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: resource.GetNamespace(), Labels: labels}}
	}
	for _, policy := range p.CEL.admission {
		responses = append(responses, celResponse(policy.policy, resource, policy.compiled.Evaluate(ctx, request)))
	}
	return responses, nil
}

// JudgePayload applies the policies that judge any JSON to a payload. The API server's policies judge nothing but
// resources: with one of them it is an error.
func (p *Processor) JudgePayload(ctx context.Context, payload map[string]any) ([]Response, error) {
	if p.CEL == nil {
		return nil, nil
	}
	if len(p.CEL.admission) > 0 {
		return nil, errors.New(`failed to map gvk to gvr /, Kind=: no matches for kind "" in version ""`)
	}
	var responses []Response
	for _, policy := range p.CEL.validating {
		if !policy.compiled.Payload() {
			continue
		}
		for _, rules := range policy.compiled.EvaluatePayload(ctx, payload) {
			responses = append(responses, celResponse(policy.policy, &unstructured.Unstructured{Object: payload}, rules))
		}
	}
	return responses, nil
}

func celResponse(policy celPolicy, resource *unstructured.Unstructured, rules []engine.RuleResult) Response {
	return Response{Policy: policy, Type: engine.Validation, Resource: resource, Patched: resource, Rules: rules}
}

func (p *Processor) celRequest(resource *unstructured.Unstructured) *celpolicy.Request {
	operation := p.Operation
	if operation == "" {
		operation = p.Values.Operation()
	}
	var who authenticationv1.UserInfo
	if p.User != nil {
		who = p.User.User
	}
	kind := resource.GroupVersionKind()
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	return &celpolicy.Request{
		Resource: resource, Operation: operation, Kind: kind, Plural: plural, User: who,
		Namespace: p.Values.Namespace(resource.GetNamespace()),
	}
}
