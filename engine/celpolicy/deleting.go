package celpolicy

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/utils"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine"
)

// Deletion is the type of a DeletingPolicy's results.
const Deletion engine.RuleType = "Deletion"

// Deleting is a compiled DeletingPolicy or NamespacedDeletingPolicy.
type Deleting struct {
	name        string
	constraints *admissionregistrationv1.MatchResources
	conditions  conditions
	variables   map[string]cel.Program
	exceptions  []exception
}

// CompileDeleting compiles a policy with the exceptions that name it.
func CompileDeleting(object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, world Surroundings) (*Deleting, error) {
	policy := &v1beta1.DeletingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
	}
	own, err := exceptionsOf(object, exceptions)
	if err != nil {
		return nil, err
	}
	out, errs := compileDeleting(&policy.Spec, own, world, object.GetNamespace())
	if len(errs) > 0 {
		return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), errs.ToAggregate())
	}
	out.name = object.GetName()
	return out, nil
}

func compileDeleting(spec *v1beta1.DeletingPolicySpec, exceptions []*v1beta1.PolicyException, world Surroundings, namespace string) (*Deleting, field.ErrorList) {
	const broken = "deleting policy compiler 1.18 error: %s"
	env, provider, err := newEnvironment(world, namespace, 1, variables())
	if err != nil {
		return nil, field.ErrorList{field.InternalError(nil, fmt.Errorf(broken, err))}
	}
	path := field.NewPath("spec")
	out := &Deleting{}
	var errs field.ErrorList
	if out.variables, errs = compileVariables(path.Child("variables"), env, provider, spec.Variables); len(errs) == 0 {
		out.conditions, errs = compileConditions(path.Child("conditions"), env, spec.Conditions, nil)
	}
	if len(errs) == 0 {
		out.exceptions, errs = compileExceptions(path, env, exceptions, nil)
	}
	if len(errs) > 0 {
		return nil, append(field.ErrorList{field.InternalError(nil, fmt.Errorf(broken, "failed to compile policy"))}, errs...)
	}
	out.constraints = anyOperation(spec.MatchConstraints)
	return out, nil
}

// NextRun is when a stored DeletingPolicy or NamespacedDeletingPolicy is to run after another time, or, if that is zero,
// after it ran last or was made.
func NextRun(policy *unstructured.Unstructured, after time.Time) (time.Time, error) {
	typed := &v1beta1.DeletingPolicy{} // a namespaced one has the same fields
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(policy.Object, typed); err != nil {
		return time.Time{}, fmt.Errorf("read policy %s: %w", policy.GetName(), err)
	}
	if after.IsZero() {
		after = typed.CreationTimestamp.Time
		if last := typed.Status.LastExecutionTime.Time; !last.IsZero() {
			after = last
		}
	}
	next, err := typed.GetNextExecutionTime(after.UTC())
	if err != nil {
		return time.Time{}, fmt.Errorf("parse schedule of %s: %w", policy.GetName(), err)
	}
	return *next, nil
}

// Resources are the resources that the policy is about.
func (p *Deleting) Resources() []schema.GroupVersionResource {
	if p.constraints == nil {
		return nil
	}
	return ResourcesOf(p.constraints.ResourceRules)
}

// ResourcesOf are the resources that rules are about; groups and versions may be "*".
func ResourcesOf(rules []admissionregistrationv1.NamedRuleWithOperations) []schema.GroupVersionResource {
	var found []schema.GroupVersionResource
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, version := range rule.APIVersions {
				for _, resource := range rule.Resources {
					found = append(found, schema.GroupVersionResource{Group: group, Version: version, Resource: resource})
				}
			}
		}
	}
	return found
}

// Evaluate says whether the policy would delete a resource: it passes when it would. It says nothing of resources that it
// is not about. What has no kind is no resource, and is judged by the conditions alone.
func (p *Deleting) Evaluate(ctx context.Context, request *Request) []engine.RuleResult {
	judged := *request
	if judged.Kind.Kind == "Namespace" && judged.Kind.Group == "" && judged.Namespace == nil {
		judged.Namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: request.Resource.GetName(), Labels: request.Resource.GetLabels()}}
	}
	if judged.Kind.Kind != "" {
		switch ok, err := judged.matches(p.constraints); {
		case err != nil:
			return p.said(engine.Error, err.Error())
		case !ok:
			return nil
		}
	}
	switch ok, err := p.selects(ctx, &judged); {
	case err != nil:
		return p.said(engine.Error, err.Error())
	case !ok:
		return p.said(engine.Fail, cmp.Or(request.What, "resource")+" did not match")
	}
	return p.said(engine.Pass, cmp.Or(request.What, "resource")+" matched")
}

func (p *Deleting) said(status engine.Status, message string) []engine.RuleResult {
	out := result(p.name, status, message)
	out.Type = Deletion
	return []engine.RuleResult{out}
}

// selects says whether the conditions hold for a resource, and no exception is about it.
func (p *Deleting) selects(ctx context.Context, request *Request) (bool, error) {
	namespace, err := utils.ObjectToResolveVal(request.namespace())
	if err != nil {
		return false, err
	}
	input := map[string]any{compiler.ObjectKey: request.Resource.UnstructuredContent(), compiler.NamespaceObjectKey: namespace}
	input[compiler.VariablesKey] = lazily(ctx, p.variables, input)
	for _, e := range p.exceptions {
		if ok, err := e.conditions.hold(ctx, input); ok || err != nil {
			return false, err
		}
	}
	return p.conditions.hold(ctx, input)
}
