package celpolicy

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"podsec/engine"
	"podsec/engine/cel"
)

// MutatingAdmission is a MutatingAdmissionPolicy with its bindings.
type MutatingAdmission struct {
	policy   *admissionregistrationv1.MutatingAdmissionPolicy
	bindings []admissionregistrationv1.MutatingAdmissionPolicyBinding
	params   []*unstructured.Unstructured
	// What is compiled, for expressions without parameters and with them.
	bare, parameterized func() (*changes, error)
	// Strict says that the policy's matchConstraints count beside those of its bindings, as in a cluster.
	Strict bool
}

// changes are the compiled expressions of a policy.
type changes struct {
	conditions matchconditions.Matcher
	patchers   []patch.Patcher
}

// NewMutatingAdmission reads a policy. Of the bindings those that name the policy count; params are the resources that
// their paramRefs may mean.
func NewMutatingAdmission(object *unstructured.Unstructured, bindings, params []*unstructured.Unstructured) (*MutatingAdmission, error) {
	out := &MutatingAdmission{policy: &admissionregistrationv1.MutatingAdmissionPolicy{}, params: params}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, out.policy); err != nil {
		return nil, fmt.Errorf("policy %s: %w", object.GetName(), err)
	}
	out.bare = sync.OnceValues(func() (*changes, error) { return out.compile(false) })
	out.parameterized = sync.OnceValues(func() (*changes, error) { return out.compile(true) })
	for _, written := range bindings {
		var binding admissionregistrationv1.MutatingAdmissionPolicyBinding
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(written.Object, &binding); err != nil {
			return nil, fmt.Errorf("binding %s: %w", written.GetName(), err)
		}
		if binding.Spec.PolicyName == out.policy.Name {
			out.bindings = append(out.bindings, binding)
		}
	}
	return out, nil
}

// Evaluate changes a resource that is created, by each binding in turn, and says what the last one did. Without results
// the policy is not about the resource, or could not change it: the Kyverno CLI does not tell these apart. A binding for
// which the conditions cannot be evaluated leaves what the one before it did.
func (a *MutatingAdmission) Evaluate(ctx context.Context, request *Request) (*unstructured.Unstructured, []engine.RuleResult) {
	created := *request
	created.Operation, created.User = "CREATE", known(request.User)
	if len(a.bindings) == 0 || a.Strict {
		if ok, err := created.matches(constraints(a.policy.Spec.MatchConstraints)); !ok || err != nil {
			return request.Resource, nil
		}
	}
	if len(a.bindings) == 0 {
		changed, said, err := a.change(ctx, &created, nil, created.Resource)
		if err != nil {
			return created.Resource, nil
		}
		return changed, said
	}
	var results []engine.RuleResult
	resource := created.Resource
	for i := range a.bindings {
		binding := &a.bindings[i]
		if binding.Spec.MatchResources != nil {
			if ok, err := created.matches(binding.Spec.MatchResources); !ok || err != nil {
				continue
			}
		}
		// Each binding starts from what the request holds.
		changed, said, err := a.change(ctx, &created, parametersOf(a.params, binding.Spec.ParamRef), resource)
		if err != nil {
			continue
		}
		for i := range said {
			said[i].Properties = map[string]string{"mapBinding": binding.Name}
		}
		resource, results = changed, said
	}
	return resource, results
}

// change applies the mutations; without a result one of them failed, and the resource stays as it was. The error is of
// the variables and conditions.
func (a *MutatingAdmission) change(
	ctx context.Context, request *Request, param runtime.Object, resource *unstructured.Unstructured,
) (*unstructured.Unstructured, []engine.RuleResult, error) {
	compile := a.bare
	if param != nil {
		compile = a.parameterized
	}
	compiled, err := compile()
	if err != nil {
		return nil, nil, err
	}
	object := request.Resource.DeepCopy()
	attributes := request.attributes(object, nil, request.User)
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: request.Kind}
	matched := compiled.conditions.Match(ctx, versioned, nil, nil)
	if matched.Error != nil {
		return nil, nil, matched.Error
	}
	if !matched.Matches {
		return resource, a.said(engine.Skip, "match conditions aren't met"), nil
	}
	if err := compiled.patch(ctx, request, versioned, param); err != nil {
		return resource, nil, nil //nolint:nilerr // having no result says it
	}
	changed, err := plain(versioned.VersionedObject)
	return changed, a.said(engine.Pass, "mutation is successfully applied"), err
}

func (a *MutatingAdmission) said(status engine.Status, message string) []engine.RuleResult {
	said := result(a.policy.Name, status, message)
	said.Type = engine.Mutation
	return []engine.RuleResult{said}
}

// patch applies each mutation to what the one before it made.
func (c *changes) patch(ctx context.Context, request *Request, versioned *admission.VersionedAttributes, param runtime.Object) error {
	for _, p := range c.patchers {
		changed, err := p.Patch(ctx, patch.Request{
			MatchedResource: request.Plural, VersionedAttributes: versioned, Namespace: request.Namespace,
			ObjectInterfaces:  admission.NewObjectInterfacesFromScheme(runtime.NewScheme()),
			OptionalVariables: plugin.OptionalVariableBindings{VersionedParams: param},
			TypeConverter:     managedfields.NewDeducedTypeConverter(),
		}, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return err
		}
		versioned.Dirty, versioned.VersionedObject = true, changed
	}
	return nil
}

// compile compiles the policy's expressions; params says that they may name parameters.
func (a *MutatingAdmission) compile(params bool) (*changes, error) {
	declared := plugin.OptionalVariableDeclarations{HasParams: params, HasPatchTypes: true}
	compiled, err := cel.NewCompiler(a.policy.Spec.Variables, declared)
	if err != nil {
		return nil, err
	}
	failure := admissionregistrationv1.Fail
	if a.policy.Spec.FailurePolicy != nil {
		failure = *a.policy.Spec.FailurePolicy
	}
	conditions := compiled.CompileCondition(a.conditions(), declared, environment.StoredExpressions)
	out := &changes{conditions: matchconditions.NewMatcher(conditions, &failure, "policy", "", a.policy.Name)}
	for _, m := range a.policy.Spec.Mutations {
		if p := admissionPatcher(compiled, m, declared); p != nil {
			out.patchers = append(out.patchers, p)
		}
	}
	return out, nil
}

func (a *MutatingAdmission) conditions() []plugin.ExpressionAccessor {
	out := make([]plugin.ExpressionAccessor, len(a.policy.Spec.MatchConditions))
	for i, c := range a.policy.Spec.MatchConditions {
		out[i] = &matchconditions.MatchCondition{Name: c.Name, Expression: c.Expression}
	}
	return out
}

func admissionPatcher(compiled *plugin.CompositedCompiler, m admissionregistrationv1.Mutation, declared plugin.OptionalVariableDeclarations) patch.Patcher {
	switch {
	case m.PatchType == admissionregistrationv1.PatchTypeJSONPatch && m.JSONPatch != nil:
		accessor := &patch.JSONPatchCondition{Expression: m.JSONPatch.Expression}
		return patch.NewJSONPatcher(compiled.CompileMutatingEvaluator(accessor, declared, environment.StoredExpressions))
	case m.PatchType == admissionregistrationv1.PatchTypeApplyConfiguration && m.ApplyConfiguration != nil:
		accessor := &patch.ApplyConfigurationCondition{Expression: m.ApplyConfiguration.Expression}
		return patch.NewApplyConfigurationPatcher(compiled.CompileMutatingEvaluator(accessor, declared, environment.StoredExpressions))
	}
	return nil
}

// plain is an object of JSON's own types.
func plain(object runtime.Object) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	out := &unstructured.Unstructured{}
	return out, json.Unmarshal(data, &out.Object)
}
