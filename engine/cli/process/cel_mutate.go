package process

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// change applies the CEL policies that mutate to a resource and returns what it becomes: first the API server's.
func (p *Processor) change(ctx context.Context, resource *unstructured.Unstructured) (*unstructured.Unstructured, []Response, error) {
	if p.CEL == nil || len(resource.Object) == 0 {
		return resource, nil, nil
	}
	var responses []Response
	for _, policy := range p.CEL.changing {
		request := p.celRequest(resource)
		request.Namespace = p.labelled(resource)
		changed, rules := policy.program.Evaluate(ctx, request)
		if len(rules) > 0 {
			responses = append(responses, Response{Policy: policy.policy, Type: engine.Mutation, Resource: resource, Patched: changed, Rules: rules})
		}
		resource = changed
	}
	changed, more := p.mutateCEL(ctx, resource)
	existing, err := p.mutateExisting(ctx, resource)
	return changed, append(append(responses, more...), existing...), err
}

// mutateCEL applies MutatingPolicies. All of them show the resource as it is after the last.
func (p *Processor) mutateCEL(ctx context.Context, resource *unstructured.Unstructured) (*unstructured.Unstructured, []Response) {
	var responses []Response
	request := p.celRequest(resource)
	for _, policy := range p.CEL.mutating {
		changed, answers := policy.program.Evaluate(ctx, request)
		request.Resource = changed
		for _, rules := range answers {
			responses = append(responses, Response{Policy: policy.policy, Type: engine.Mutation, Resource: resource, Rules: rules})
		}
	}
	for i := range responses {
		responses[i].Patched = request.Resource
	}
	return request.Resource, responses
}

// mutateExisting applies MutatingPolicies for existing resources, of which the request is about another.
func (p *Processor) mutateExisting(ctx context.Context, trigger *unstructured.Unstructured) ([]Response, error) {
	var responses []Response
	var targets []*celpolicy.Request
	for _, target := range p.CELTargets {
		targets = append(targets, p.celRequest(target))
	}
	for _, policy := range p.CEL.mutating {
		rules, err := policy.program.Existing(ctx, p.celRequest(trigger), targets)
		if err != nil {
			return nil, err
		}
		if len(rules) > 0 {
			responses = append(responses, Response{Policy: policy.policy, Type: engine.Mutation, Resource: trigger, Patched: &unstructured.Unstructured{}, Rules: rules})
		}
	}
	return responses, nil
}
