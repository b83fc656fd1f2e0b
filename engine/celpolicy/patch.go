package celpolicy

import (
	"context"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1alpha1 "k8s.io/api/admissionregistration/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
	"k8s.io/apiserver/pkg/cel/mutation"
)

// patcher is one mutation: an expression, and how the API server applies what it returns.
type patcher struct {
	program cel.Program
	apply   func(plugin.MutatingEvaluator) patch.Patcher
}

// mutationTypes are what expressions of mutations have beside those of validations.
func mutationTypes() []cel.EnvOption {
	return []cel.EnvOption{
		common.ResolverEnvOption(&mutation.DynamicTypeResolver{}),
		environment.UnversionedLib(library.JSONPatch),
	}
}

func compilePatches(path *field.Path, env *cel.Env, written []admissionregistrationv1alpha1.Mutation) ([]patcher, field.ErrorList) {
	var out []patcher
	for i, m := range written {
		path := path.Index(i)
		var program cel.Program
		var errs field.ErrorList
		switch {
		case m.PatchType == admissionregistrationv1alpha1.PatchTypeJSONPatch && m.JSONPatch != nil:
			kind := cel.ListType(types.NewObjectType("JSONPatch"))
			program, errs = compiler.CompileMutation(path.Child("jsonPatch"), env, m.JSONPatch.Expression, kind)
			out = append(out, patcher{program, patch.NewJSONPatcher})
		case m.PatchType == admissionregistrationv1alpha1.PatchTypeApplyConfiguration && m.ApplyConfiguration != nil:
			kind := types.NewObjectType("Object")
			program, errs = compiler.CompileMutation(path.Child("applyConfiguration"), env, m.ApplyConfiguration.Expression, kind)
			out = append(out, patcher{program, patch.NewApplyConfigurationPatcher})
		}
		if len(errs) > 0 {
			return nil, errs
		}
	}
	return out, nil
}

// apply patches the object of a request, each patch seeing what the ones before it made.
func (r *Request) apply(ctx context.Context, patches []patcher, input map[string]any, converter managedfields.TypeConverter) (*unstructured.Unstructured, error) {
	object, old := r.objects()
	attributes := r.attributes(object, old, r.User)
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: r.Kind}
	for _, p := range patches {
		changed, err := p.apply(evaluated{p.program, input}).Patch(ctx, patch.Request{
			MatchedResource: r.Plural, VersionedAttributes: versioned,
			ObjectInterfaces: admission.NewObjectInterfacesFromScheme(runtime.NewScheme()), TypeConverter: converter,
		}, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return nil, err
		}
		versioned.Dirty, versioned.VersionedObject = true, changed
		object, ok := changed.(*unstructured.Unstructured)
		if !ok {
			return nil, fmt.Errorf("unexpected object %T", changed)
		}
		input[compiler.ObjectKey] = object.Object
	}
	changed, _ := versioned.VersionedObject.(*unstructured.Unstructured)
	return changed, nil
}

// evaluated is an expression with its input, in the form in which the API server's patches want it.
type evaluated struct {
	program cel.Program
	input   map[string]any
}

// ForInput implements plugin.MutatingEvaluator.
func (e evaluated) ForInput(
	ctx context.Context, _ *admission.VersionedAttributes, _ *admissionv1.AdmissionRequest, _ plugin.OptionalVariableBindings, _ *corev1.Namespace, budget int64,
) (plugin.EvaluationResult, int64, error) {
	out, _, err := e.program.ContextEval(ctx, e.input)
	return plugin.EvaluationResult{EvalResult: out, Error: err}, budget, nil
}

// CompilationErrors implements plugin.MutatingEvaluator: it was compiled before.
func (e evaluated) CompilationErrors() []error { return nil }
