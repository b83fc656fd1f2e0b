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

// labelled is a resource's namespace as the API server's policies see it: with the labels that the values give it.
func (p *Processor) labelled(resource *unstructured.Unstructured) *corev1.Namespace {
	if labels := p.Values.NamespaceLabels(resource.GetNamespace()); labels != nil {
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: resource.GetNamespace(), Labels: labels}}
	}
	return nil
}

// judge applies ValidatingPolicies to a resource.
func (p *Processor) judge(ctx context.Context, resource *unstructured.Unstructured) ([]Response, error) {
	if p.CEL == nil || len(resource.Object) == 0 {
		return nil, nil
	}
	var responses []Response
	request := p.celRequest(resource)
	for _, policy := range p.CEL.validating {
		answers, err := policy.program.Evaluate(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("failed to apply validating policies on resource %s (%w)", resource.GetName(), err)
		}
		for _, rules := range answers {
			responses = append(responses, celResponse(policy.policy, resource, rules))
		}
	}
	return responses, nil
}

// judgeAdmission applies the API server's policies that validate.
func (p *Processor) judgeAdmission(ctx context.Context, resource *unstructured.Unstructured) []Response {
	if p.CEL == nil || len(resource.Object) == 0 {
		return nil
	}
	var responses []Response
	request := p.celRequest(resource)
	request.Namespace = p.labelled(resource)
	for _, policy := range p.CEL.admission {
		responses = append(responses, celResponse(policy.policy, resource, policy.program.Evaluate(ctx, request)))
	}
	return responses
}

// judgeGiven applies the policies that see a resource as it was given: those about images, and those that delete.
func (p *Processor) judgeGiven(ctx context.Context, resource *unstructured.Unstructured) []Response {
	if p.CEL == nil {
		return nil
	}
	var responses []Response
	if len(p.CEL.images) > 0 {
		responses = p.imageResponses(resource, celpolicy.EvaluateImages(ctx, p.CEL.imagePrograms(), p.celRequest(resource)))
	}
	if p.Operation != "" {
		return responses // nobody asks for deletions
	}
	return append(responses, p.judgeDeletions(ctx, resource, "")...)
}

// imagePrograms are the policies about images.
func (c *CEL) imagePrograms() []*celpolicy.ImageValidating {
	programs := make([]*celpolicy.ImageValidating, len(c.images))
	for i, policy := range c.images {
		programs[i] = policy.program
	}
	return programs
}

// imageResponses are the answers of policies about images that have something to say.
func (p *Processor) imageResponses(resource *unstructured.Unstructured, answers [][]engine.RuleResult) []Response {
	var responses []Response
	for i, rules := range answers {
		if len(rules) > 0 {
			responses = append(responses, celResponse(p.CEL.images[i].policy, resource, rules))
		}
	}
	return responses
}

// Undecided is why a DeletingPolicy could not decide about a resource, "" when it could.
func (r *Response) Undecided() string {
	if r.Stage() == 2 && len(r.Rules) == 1 && r.Rules[0].Status == engine.Error {
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
		if rules := policy.program.Evaluate(ctx, request); len(rules) > 0 {
			responses = append(responses, celResponse(policy.policy, resource, rules))
		}
	}
	return responses
}

// JudgePayload applies the policies that judge any JSON to a payload, which messages call what. The API server's policies
// judge nothing but resources: with one of them it is an error.
func (p *Processor) JudgePayload(ctx context.Context, payload map[string]any, what string) ([]Response, error) {
	if p.CEL == nil {
		return nil, nil
	}
	if len(p.CEL.admission)+len(p.CEL.changing) > 0 {
		return nil, errors.New(`failed to map gvk to gvr /, Kind=: no matches for kind "" in version ""`)
	}
	var responses []Response
	for _, policy := range p.CEL.validating {
		if !policy.program.Payload() {
			continue
		}
		for _, rules := range policy.program.EvaluatePayload(ctx, payload) {
			responses = append(responses, celResponse(policy.policy, &unstructured.Unstructured{Object: payload}, rules))
		}
	}
	return append(responses, p.judgeDeletions(ctx, &unstructured.Unstructured{Object: payload}, what)...), nil
}

// JudgePayloadImages applies the policies about images that judge any JSON to a payload.
func (p *Processor) JudgePayloadImages(ctx context.Context, payload map[string]any) ([]Response, error) {
	if p.CEL == nil {
		return nil, nil
	}
	answers, err := celpolicy.EvaluateImagePayload(ctx, p.CEL.imagePrograms(), payload)
	if err != nil {
		return nil, fmt.Errorf("failed to apply image validating policies on JSON payload: %w", err)
	}
	return p.imageResponses(&unstructured.Unstructured{Object: payload}, answers), nil
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
