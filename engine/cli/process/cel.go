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
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
)

// CEL are the compiled policies beside ClusterPolicies and Policies.
type CEL struct {
	validating []celValidating
	admission  []celAdmission
	mutating   []celMutating
	changing   []celChanging
	deleting   []celDeleting
}

type celDeleting struct {
	policy   celPolicy
	compiled *celpolicy.Deleting
}

type celMutating struct {
	policy   celPolicy
	compiled *celpolicy.Mutating
}

type celChanging struct {
	policy   celPolicy
	compiled *celpolicy.MutatingAdmission
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
	Policies   []*unstructured.Unstructured // those that validate, mutate or delete; others are passed over
	Bindings   []*unstructured.Unstructured // of ValidatingAdmissionPolicies and MutatingAdmissionPolicies
	Params     []*unstructured.Unstructured // what paramRefs may mean
	Exceptions []*unstructured.Unstructured // PolicyExceptions; only those of policies.kyverno.io count
	World      *celpolicy.World             // nil: nothing is there
	Types      celpolicy.Types              // knows the fields of kinds; nil: what objects show
	Strict     bool                         // there is a cluster: constraints of policies count beside those of their bindings
	// Place says where a policy that cannot be compiled was read; nil: nowhere.
	Place func(policy *unstructured.Unstructured, wrong error) error
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
	if from.World == nil {
		from.World = &celpolicy.World{}
	}
	if from.Types == nil || from.Strict {
		from.Types = celpolicy.Shown(from.Types)
	}
	for _, object := range from.Policies {
		err := out.add(&from, object, exceptions)
		switch {
		case err != nil && from.Place != nil:
			return nil, from.Place(object, err)
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}

// add compiles one policy.
func (c *CEL) add(from *CELSource, object *unstructured.Unstructured, exceptions []*unstructured.Unstructured) error {
	policy := celPolicy{object}
	switch object.GetKind() {
	case "ValidatingPolicy", "NamespacedValidatingPolicy":
		compiled, err := celpolicy.CompileValidating(object, exceptions, from.World)
		c.validating = append(c.validating, celValidating{policy, compiled})
		return err
	case "MutatingPolicy", "NamespacedMutatingPolicy":
		compiled, err := celpolicy.CompileMutating(object, exceptions, from.World)
		if err != nil {
			return err
		}
		compiled.Types = from.Types
		c.mutating = append(c.mutating, celMutating{policy, compiled})
	case "DeletingPolicy", "NamespacedDeletingPolicy":
		compiled, err := celpolicy.CompileDeleting(object, exceptions, from.World)
		c.deleting = append(c.deleting, celDeleting{policy, compiled})
		return err
	case "ValidatingAdmissionPolicy":
		compiled, err := celpolicy.CompileAdmission(object, from.Bindings, from.Params)
		if err != nil {
			return err
		}
		compiled.Strict = from.Strict
		c.admission = append(c.admission, celAdmission{policy, compiled})
	case "MutatingAdmissionPolicy":
		compiled, err := celpolicy.NewMutatingAdmission(object, from.Bindings, from.Params)
		if err != nil {
			return err
		}
		compiled.Strict = from.Strict
		c.changing = append(c.changing, celChanging{policy, compiled})
	}
	return nil
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

// ReadWorld reads what expressions find from a context file.
func ReadWorld(source *files.Source, name string) (*celpolicy.World, error) {
	data, err := source.Read(name)
	if err != nil {
		return nil, err
	}
	context, err := manifest.ParseContext(data)
	if err != nil {
		return nil, fmt.Errorf("context file %s: %w", name, err)
	}
	world := NewWorld(context.Spec.Resources)
	world.Images = context.Images()
	return world, nil
}

// labelled is a resource's namespace as the API server's policies see it: with the labels that the values give it.
func (p *Processor) labelled(resource *unstructured.Unstructured) *corev1.Namespace {
	if labels := p.Values.NamespaceLabels(resource.GetNamespace()); labels != nil {
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: resource.GetNamespace(), Labels: labels}}
	}
	return nil
}

// judge applies the CEL policies that validate to a resource: ValidatingPolicies first.
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
	request.Namespace = p.labelled(resource)
	for _, policy := range p.CEL.admission {
		responses = append(responses, celResponse(policy.policy, resource, policy.compiled.Evaluate(ctx, request)))
	}
	if p.Operation != "" {
		return responses, nil // nobody asks for deletions
	}
	return append(responses, p.judgeDeletions(ctx, resource, "")...), nil
}

// Undecided is why a DeletingPolicy could not decide about a resource, "" when it could.
func (r *Response) Undecided() string {
	if len(r.Rules) == 1 && r.Rules[0].Type == celpolicy.Deletion && r.Rules[0].Status == engine.Error {
		return r.Rules[0].Message
	}
	return ""
}

// judgeDeletions applies DeletingPolicies to a resource or a payload.
func (p *Processor) judgeDeletions(ctx context.Context, resource *unstructured.Unstructured, what string) []Response {
	var responses []Response
	request := p.celRequest(resource)
	request.What = what
	for _, policy := range p.CEL.deleting {
		if rules := policy.compiled.Evaluate(ctx, request); len(rules) > 0 {
			responses = append(responses, celResponse(policy.policy, resource, rules))
		}
	}
	return responses
}

// JudgePayload applies the policies that judge any JSON to a payload, which messages call what. The API server's policies judge nothing but
// resources: with one of them it is an error.
func (p *Processor) JudgePayload(ctx context.Context, payload map[string]any, what string) ([]Response, error) {
	if p.CEL == nil {
		return nil, nil
	}
	if len(p.CEL.admission)+len(p.CEL.changing) > 0 {
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
	return append(responses, p.judgeDeletions(ctx, &unstructured.Unstructured{Object: payload}, what)...), nil
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
