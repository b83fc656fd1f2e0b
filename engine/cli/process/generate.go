package process

import (
	"context"

	"podsec/engine"
)

// CloneKey is under what Processor.Clones holds the sources of a rule.
func CloneKey(policy *engine.Policy, rule string) string {
	return policy.Object().GetKind() + "/" + policy.Namespace() + "/" + policy.Name() + "/" + rule
}

// generate says what the generate rules of a policy would make.
func (p *Processor) generate(_ context.Context, policy *engine.Policy, request *engine.Request) Response {
	return Response{Policy: policy, Resource: request.Resource(), Patched: request.Resource()}
}
