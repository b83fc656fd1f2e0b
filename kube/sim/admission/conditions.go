package admission

import (
	"context"
	"fmt"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/environment"

	"podsec/kube/sim/api"
)

// conditions are a webhook's match conditions, evaluated by kube-apiserver's own code. They are compiled when the first
// request gets as far: the CEL environment takes a while to make, and few webhooks have conditions.
type conditions struct {
	webhook string
	list    []admissionv1.MatchCondition
	failure admissionv1.FailurePolicyType

	once    sync.Once
	matcher matchconditions.Matcher
}

func newConditions(webhook string, list []admissionv1.MatchCondition, failure admissionv1.FailurePolicyType) *conditions {
	return &conditions{webhook: webhook, list: list, failure: failure}
}

// match says whether all conditions hold. A condition that cannot be evaluated refuses the request unless the webhook
// may be ignored.
func (c *conditions) match(ctx context.Context, a *api.Attributes) (bool, error) {
	if len(c.list) == 0 {
		return true, nil
	}
	c.once.Do(c.compile)
	result := c.matcher.Match(ctx, versioned(a), nil, everybody{})
	if result.Error != nil {
		return false, apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, fmt.Errorf("webhook %q: %w", c.webhook, result.Error))
	}
	return result.Matches, nil
}

func (c *conditions) compile() {
	compiler := cel.NewConditionCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	expressions := make([]cel.ExpressionAccessor, len(c.list))
	for i, condition := range c.list {
		expressions[i] = &matchconditions.MatchCondition{Name: condition.Name, Expression: condition.Expression}
	}
	evaluator := compiler.CompileCondition(expressions, cel.OptionalVariableDeclarations{HasAuthorizer: true}, environment.StoredExpressions)
	c.matcher = matchconditions.NewMatcher(evaluator, &c.failure, "webhook", "admission", c.webhook)
}

// versioned is a request in the form that kube-apiserver's code takes.
func versioned(a *api.Attributes) *admission.VersionedAttributes {
	extra := make(map[string][]string, len(a.User.Extra))
	for key, value := range a.User.Extra {
		extra[key] = value
	}
	info := &user.DefaultInfo{Name: a.User.Username, UID: a.User.UID, Groups: a.User.Groups, Extra: extra}
	// A nil *Unstructured in an interface is not nil: absent objects stay out.
	var object, old runtime.Object
	if a.Object != nil {
		object = a.Object
	}
	if a.OldObject != nil {
		old = a.OldObject
	}
	record := admission.NewAttributesRecord(object, old, a.Kind, a.Namespace, a.Name, a.Resource, a.Subresource,
		admission.Operation(a.Operation), nil, a.DryRun, info)
	return &admission.VersionedAttributes{Attributes: record, VersionedObject: object, VersionedOldObject: old, VersionedKind: a.Kind}
}

// everybody is the simulated cluster's authorizer: who is known may do everything.
type everybody struct{}

func (everybody) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionAllow, "", nil
}
