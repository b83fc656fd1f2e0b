package process

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// generateCEL says what GeneratingPolicies would make because of a resource. A policy that fails makes nothing.
func (p *Processor) generateCEL(ctx context.Context, resource *unstructured.Unstructured) []Response {
	if p.CEL == nil || len(resource.Object) == 0 {
		return nil
	}
	var responses []Response
	request := p.celRequest(resource)
	for _, policy := range p.CEL.generating {
		made := &made{}
		rules := policy.program.Evaluate(ctx, request, made)
		for i := range rules {
			if rules[i].Status == engine.Pass {
				rules[i].Generated = made.objects
			}
		}
		if len(rules) > 0 {
			responses = append(responses, Response{Policy: policy.policy, Type: engine.Generation, Resource: resource, Patched: resource, Rules: rules})
		}
	}
	return responses
}

// made is what a policy made.
type made struct{ objects []*unstructured.Unstructured }

// GenerateResources implements celpolicy.Generator. As in the Kyverno CLI, which does not ask what kinds there are, objects
// without a namespace of their own kind get one too.
func (m *made) GenerateResources(namespace string, objects []map[string]any) error {
	for _, content := range objects {
		object := &unstructured.Unstructured{Object: content}
		if !object.IsList() {
			object.SetNamespace(namespace)
			m.objects = append(m.objects, object)
			continue
		}
		list, err := object.ToList()
		if err != nil {
			return err
		}
		for i := range list.Items {
			list.Items[i].SetNamespace(namespace)
			m.objects = append(m.objects, &list.Items[i])
		}
	}
	return nil
}
