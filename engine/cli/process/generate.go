package process

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/engine"
)

// CloneKey is under what Processor.Clones holds the sources of a rule.
func CloneKey(policy *engine.Policy, rule string) string {
	return policy.Object().GetKind() + "/" + policy.Namespace() + "/" + policy.Name() + "/" + rule
}

// generate says what the generate rules of a policy would make. When anything cannot be made, nothing is, as the Kyverno
// CLI does.
func (p *Processor) generate(ctx context.Context, policy *engine.Policy, request *engine.Request) Response {
	response := newResponse(policy, engine.Generation, request)
	known := objects{request.Resource()}
	for _, rule := range policy.RuleNames() {
		known = append(known, p.Clones[CloneKey(policy, rule)]...)
	}
	result, err := p.Engine.Generate(ctx, policy, request, known)
	response.add(result)
	if err != nil {
		for i := range response.Rules {
			response.Rules[i].Generated = nil
		}
	}
	return response
}

// objects are what generate rules can find.
type objects []*unstructured.Unstructured

// Get implements engine.ObjectSource.
func (o objects) Get(_ context.Context, apiVersion, kind, namespace, name string) (*unstructured.Unstructured, error) {
	for _, object := range o {
		if object.GetAPIVersion() == apiVersion && object.GetKind() == kind && object.GetNamespace() == namespace && object.GetName() == name {
			return object, nil
		}
	}
	return nil, nil
}

// List implements engine.ObjectSource.
func (o objects) List(_ context.Context, apiVersion, kind, namespace string, selector *metav1.LabelSelector) ([]*unstructured.Unstructured, error) {
	chosen := labels.Everything()
	if selector != nil {
		var err error
		if chosen, err = metav1.LabelSelectorAsSelector(selector); err != nil {
			return nil, err
		}
	}
	var found []*unstructured.Unstructured
	for _, object := range o {
		if object.GetAPIVersion() == apiVersion && object.GetKind() == kind &&
			(namespace == "" || object.GetNamespace() == namespace) && chosen.Matches(labels.Set(object.GetLabels())) {
			found = append(found, object)
		}
	}
	return found, nil
}
