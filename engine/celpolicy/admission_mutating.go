package celpolicy

import (
	"context"
	"encoding/json"
	"fmt"

	celgo "github.com/google/cel-go/cel"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"podsec/engine"
)

// MutatingAdmission is a MutatingAdmissionPolicy with its bindings.
type MutatingAdmission struct {
	policy   *admissionregistrationv1.MutatingAdmissionPolicy
	bindings []admissionregistrationv1.MutatingAdmissionPolicyBinding
	params   []*unstructured.Unstructured
	// Strict says that the policy's matchConstraints count beside those of its bindings, as in a cluster.
	Strict bool
}

// NewMutatingAdmission reads a policy. Of the bindings those that name the policy count; params are the resources that
// their paramRefs may mean.
func NewMutatingAdmission(object *unstructured.Unstructured, bindings, params []*unstructured.Unstructured) (*MutatingAdmission, error) {
	out := &MutatingAdmission{policy: &admissionregistrationv1.MutatingAdmissionPolicy{}, params: params}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, out.policy); err != nil {
		return nil, fmt.Errorf("policy %s: %w", object.GetName(), err)
	}
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
// the policy is not about the resource, or could not change it: the Kyverno CLI does not tell these apart.
func (a *MutatingAdmission) Evaluate(ctx context.Context, request *Request) (*unstructured.Unstructured, []engine.RuleResult) {
	created := *request
	created.Operation, created.User = "CREATE", known(request.User)
	if len(a.bindings) == 0 || a.Strict {
		if ok, err := created.matches(constraints(a.policy.Spec.MatchConstraints)); !ok || err != nil {
			return request.Resource, nil
		}
	}
	if len(a.bindings) == 0 {
		return a.change(ctx, &created, nil, created.Resource)
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
		resource, results = a.change(ctx, &created, parametersOf(a.params, binding.Spec.ParamRef), resource)
		for i := range results {
			results[i].Properties = map[string]string{"mapBinding": binding.Name}
		}
	}
	return resource, results
}

// change applies the mutations; without a result they failed, and the resource stays as it was.
func (a *MutatingAdmission) change(ctx context.Context, request *Request, param runtime.Object, resource *unstructured.Unstructured) (*unstructured.Unstructured, []engine.RuleResult) {
	changed, err := a.patch(ctx, request, param)
	if err != nil {
		return resource, nil
	}
	said := result(a.policy.Name, engine.Pass, "mutation is successfully applied")
	if changed == nil {
		said, changed = result(a.policy.Name, engine.Skip, "match conditions aren't met"), resource
	}
	said.Type = engine.Mutation
	return changed, []engine.RuleResult{said}
}

// patch returns the changed object of a request, nil when the policy's conditions do not hold.
func (a *MutatingAdmission) patch(ctx context.Context, request *Request, param runtime.Object) (*unstructured.Unstructured, error) {
	declared := plugin.OptionalVariableDeclarations{HasParams: param != nil, HasPatchTypes: true}
	compiled, err := a.compile(declared)
	if err != nil {
		return nil, err
	}
	object := request.Resource.DeepCopy()
	attributes := request.attributes(object, nil, request.User)
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: request.Kind}
	conditions := compiled.CompileCondition(a.conditions(), declared, environment.StoredExpressions)
	failure := admissionregistrationv1.Fail
	if a.policy.Spec.FailurePolicy != nil {
		failure = *a.policy.Spec.FailurePolicy
	}
	matched := matchconditions.NewMatcher(conditions, &failure, "policy", "", a.policy.Name).Match(ctx, versioned, nil, nil)
	if matched.Error != nil || !matched.Matches {
		return nil, matched.Error
	}
	for _, m := range a.policy.Spec.Mutations {
		p := admissionPatcher(compiled, m, declared)
		if p == nil {
			continue
		}
		changed, err := p.Patch(ctx, patch.Request{
			MatchedResource: request.Plural, VersionedAttributes: versioned, Namespace: request.Namespace,
			ObjectInterfaces:  admission.NewObjectInterfacesFromScheme(runtime.NewScheme()),
			OptionalVariables: plugin.OptionalVariableBindings{VersionedParams: param},
			TypeConverter:     managedfields.NewDeducedTypeConverter(),
		}, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return nil, err
		}
		versioned.Dirty, versioned.VersionedObject = true, changed
	}
	return plain(versioned.VersionedObject)
}

// compile makes a compiler that knows the policy's variables.
func (a *MutatingAdmission) compile(declared plugin.OptionalVariableDeclarations) (*plugin.CompositedCompiler, error) {
	env, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0), EnvOptions: compiler.OrValueCompatEnvOptions(),
	})
	if err != nil {
		return nil, err
	}
	compiled, err := plugin.NewCompositedCompiler(env)
	if err != nil {
		return nil, err
	}
	variables := make([]plugin.NamedExpressionAccessor, len(a.policy.Spec.Variables))
	for i, v := range a.policy.Spec.Variables {
		variables[i] = variable{v}
	}
	compiled.CompileAndStoreVariables(variables, declared, environment.StoredExpressions)
	return compiled, nil
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

// variable is one of a policy.
type variable struct {
	admissionregistrationv1.Variable
}

// GetName implements plugin.NamedExpressionAccessor.
func (v variable) GetName() string { return v.Name }

// GetExpression implements plugin.ExpressionAccessor.
func (v variable) GetExpression() string { return v.Expression }

// ReturnTypes implements plugin.ExpressionAccessor.
func (v variable) ReturnTypes() []*celgo.Type { return []*celgo.Type{celgo.AnyType, celgo.DynType} }
