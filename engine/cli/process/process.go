package process

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/cli/manifest"
)

// Processor applies policies to resources.
type Processor struct {
	Engine   *engine.Engine
	Policies []*engine.Policy
	Values   *Values
	User     *manifest.RequestInfo // nil: nobody known
	// Operation is what is done with the resources; empty: what the values say, or CREATE.
	Operation string
	// Cluster returns the labels of a namespace when a cluster (or a list of its resources) stands behind the resources;
	// nil when there is none.
	Cluster func(namespace string) (map[string]string, error)
	// Clones are the resources that generate rules may copy, by policy and rule (CloneKey).
	Clones map[string][]*unstructured.Unstructured
	// Targets are what mutate rules for existing resources change.
	Targets []*unstructured.Unstructured
	// CEL are the policies of other kinds; nil for none.
	CEL *CEL
	// CELTargets are what MutatingPolicies for existing resources change.
	CELTargets []*unstructured.Unstructured
}

// Response is what the rules of one type in one policy say of one resource.
type Response struct {
	Policy   Policy
	Type     engine.RuleType
	Resource *unstructured.Unstructured
	// Action is the policy's failure action for the resource as a whole: that of its first rule which names one.
	Action engine.Action
	// Patched is the resource after the policy's mutations.
	Patched *unstructured.Unstructured
	Rules   []engine.RuleResult
}

// Apply applies all policies to a resource: first those that mutate, each seeing what the ones before it made, then
// those that verify images, and those that validate; then those written in CEL, and rules that generate.
func (p *Processor) Apply(ctx context.Context, resource *unstructured.Unstructured) ([]Response, error) {
	given := resource
	base, err := p.request(resource)
	if err != nil {
		return nil, err
	}
	var responses []Response
	for _, does := range []step{
		{engine.Mutation, []engine.RuleType{engine.Mutation}, p.mutate},
		{engine.ImageVerify, []engine.RuleType{engine.ImageVerify}, p.verify},
		{engine.Validation, []engine.RuleType{engine.Validation, engine.ImageVerify}, p.validate},
	} {
		var more []Response
		resource, more = p.take(ctx, does, base, resource)
		responses = append(responses, more...)
	}
	resource, more, err := p.change(ctx, resource)
	if err != nil {
		return nil, err
	}
	responses = append(responses, more...)
	if more, err = p.judge(ctx, resource); err != nil {
		return nil, err
	}
	responses = append(append(responses, more...), p.generateCEL(ctx, resource)...)
	_, more = p.take(ctx, step{engine.Generation, []engine.RuleType{engine.Generation}, p.generate}, base, resource)
	responses = append(append(responses, more...), p.judgeAdmission(ctx, resource)...)
	return append(responses, p.judgeGiven(ctx, given)...), nil
}

// step is what policies do that have rules of some types.
type step struct {
	does  engine.RuleType
	rules []engine.RuleType
	apply func(context.Context, *engine.Policy, *engine.Request) Response
}

// take takes one step with all policies, and returns what the resource becomes.
func (p *Processor) take(ctx context.Context, does step, base *engine.Request, resource *unstructured.Unstructured) (*unstructured.Unstructured, []Response) {
	var responses []Response
	for _, policy := range p.Policies {
		if !slices.ContainsFunc(does.rules, policy.Has) {
			continue
		}
		request := p.with(policy, base, resource)
		response := newResponse(policy, does.does, request)
		if len(resource.Object) > 0 { // nothing matches what a broken mutation left
			response = does.apply(ctx, policy, request)
		}
		resource = response.Patched
		if response.Type != engine.Generation || len(response.Rules) > 0 {
			responses = append(responses, response)
		}
	}
	return resource, responses
}

// validate applies the validate rules of one policy, and what its verifyImages rules want of a verified resource.
func (p *Processor) validate(ctx context.Context, policy *engine.Policy, request *engine.Request) Response {
	response := newResponse(policy, engine.Validation, request)
	response.add(p.Engine.Validate(ctx, policy, request))
	return response
}

// mutate applies the mutate rules of one policy.
func (p *Processor) mutate(ctx context.Context, policy *engine.Policy, request *engine.Request) Response {
	response := newResponse(policy, engine.Mutation, request)
	// The error repeats what the rules say.
	mutated, err := p.Engine.Mutate(ctx, []*engine.Policy{policy}, request)
	for _, result := range mutated.Results {
		response.add(result)
	}
	switch {
	case slices.ContainsFunc(response.Rules, empties):
		response.Patched = &unstructured.Unstructured{Object: map[string]any{}}
	case err == nil && mutated.Object != nil:
		response.Patched = mutated.Object
	}
	response.add(p.Engine.MutateExisting(ctx, policy, request, objects(p.Targets)))
	return response
}

// empties says whether a mutation broke in a way that leaves the Kyverno CLI with an empty resource, which no policy after
// it matches.
func empties(rule engine.RuleResult) bool {
	return rule.Status == engine.Error && !strings.HasPrefix(rule.Message, "failed to evaluate preconditions")
}

// verify applies the verifyImages rules of one policy.
func (p *Processor) verify(ctx context.Context, policy *engine.Policy, request *engine.Request) Response {
	response := newResponse(policy, engine.ImageVerify, request)
	verified := p.Engine.VerifyImages(ctx, []*engine.Policy{policy}, request)
	for _, result := range verified.Results {
		response.add(result)
	}
	if verified.Object != nil {
		response.Patched = verified.Object
	}
	return response
}

func newResponse(policy *engine.Policy, t engine.RuleType, request *engine.Request) Response {
	return Response{
		Policy: policy, Type: t, Resource: request.Resource(), Patched: request.Resource(), Action: policy.Action(request),
	}
}

// add takes over the rules that matched.
func (r *Response) add(result engine.PolicyResult) {
	for i := range result.Rules {
		if result.Rules[i].Matched {
			r.Rules = append(r.Rules, result.Rules[i])
		}
	}
}

// request is what all policies share: kind, subresource, namespace and user.
func (p *Processor) request(resource *unstructured.Unstructured) (*engine.Request, error) {
	base := &engine.Request{
		FromFile: true, Kind: resource.GroupVersionKind(),
		NamespaceLabels: p.Values.NamespaceLabels(resource.GetNamespace()),
	}
	if p.User != nil {
		base.User, base.Roles, base.ClusterRoles = p.User.User, p.User.Roles, p.User.ClusterRoles
	}
	if p.Cluster == nil {
		p.parent(base)
		return base, nil
	}
	if namespace := resource.GetNamespace(); len(base.NamespaceLabels) == 0 && base.Kind.Kind != "Namespace" && namespace != "" {
		labels, err := p.Cluster(namespace)
		if err != nil {
			return nil, fmt.Errorf("failed to get the resource's namespace (%w)", err)
		}
		base.NamespaceLabels = labels
	}
	return base, nil
}

// parent turns the kind of a subresource's object into that of the resource, and the subresource's name.
func (p *Processor) parent(base *engine.Request) {
	for _, s := range p.Values.Subresources() {
		kind := schema.GroupVersionKind{Group: s.Subresource.Group, Version: s.Subresource.Version, Kind: s.Subresource.Kind}
		if base.Kind != kind {
			continue
		}
		base.Kind = schema.GroupVersionKind{Group: s.ParentResource.Group, Version: s.ParentResource.Version, Kind: s.ParentResource.Kind}
		_, base.Subresource, _ = strings.Cut(s.Subresource.Name, "/")
	}
}

// with is the request for one policy: values for request.object and request.oldObject change the resource itself.
func (p *Processor) with(policy *engine.Policy, base *engine.Request, resource *unstructured.Unstructured) *engine.Request {
	request := *base
	request.Variables = p.Values.variables(policy.Name(), resource.GetName(), p.Operation)
	given, _ := request.Variables["request"].(map[string]any)
	switch given["operation"] {
	case "DELETE":
		request.Operation = engine.Delete
		request.OldObject = changed(resource, given, "oldObject")
	case "UPDATE":
		request.Operation = engine.Update
		request.Object, request.OldObject = changed(resource, given, "object"), changed(resource, given, "oldObject")
	default:
		request.Operation = engine.Create
		request.Object = changed(resource, given, "object")
	}
	return &request
}

// changed merges the value for a variable into a copy of the resource, and takes the value out.
func changed(resource *unstructured.Unstructured, given map[string]any, key string) *unstructured.Unstructured {
	value, ok := given[key].(map[string]any)
	if !ok {
		return resource
	}
	delete(given, key)
	resource = resource.DeepCopy()
	merge(resource.Object, value)
	return resource
}
