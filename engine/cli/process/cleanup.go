package process

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// CleanUp says what CleanupPolicies and ClusterCleanupPolicies would delete: they pass for these resources, policy by policy.
func (p *Processor) CleanUp(ctx context.Context, policies, resources []*unstructured.Unstructured) ([]Response, error) {
	var responses []Response
	for _, object := range policies {
		policy, err := engine.CompileCleanup(object)
		if err != nil {
			return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
		}
		run := p.Engine.Cleanup(ctx, policy)
		for _, resource := range resources {
			said := engine.RuleResult{
				Rule: object.GetName(), Type: celpolicy.Deletion, Matched: true, Status: engine.Fail, Message: "resource did not match",
			}
			switch selected, err := run.Selects(resource, p.Values.NamespaceLabels(resource.GetNamespace())); {
			case err != nil:
				said.Status, said.Message = engine.Error, err.Error()
			case selected:
				said.Status, said.Message = engine.Pass, "resource matched"
			}
			responses = append(responses, celResponse(celPolicy{object}, resource, []engine.RuleResult{said}))
		}
	}
	return responses, nil
}
