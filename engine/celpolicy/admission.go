package celpolicy

import (
	"cmp"
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/engine"
	"podsec/engine/cel"
)

// nobody stands for the user of a request whose user is not known: expressions may ask for one.
const nobody = "system:kyverno:background-scan"

// Admission is a compiled ValidatingAdmissionPolicy with its bindings.
type Admission struct {
	policy   *admissionregistrationv1.ValidatingAdmissionPolicy
	program  *cel.Program
	bindings []admissionregistrationv1.ValidatingAdmissionPolicyBinding
	params   []*unstructured.Unstructured
	// Strict says that the policy's matchConstraints count beside those of its bindings, as in a cluster.
	Strict bool
}

// CompileAdmission compiles a policy. Of the bindings those that name the policy count; params are the resources that
// their paramRefs may mean.
func CompileAdmission(object *unstructured.Unstructured, bindings, params []*unstructured.Unstructured) (*Admission, error) {
	out := &Admission{policy: &admissionregistrationv1.ValidatingAdmissionPolicy{}, params: params}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, out.policy); err != nil {
		return nil, fmt.Errorf("policy %s: %w", object.GetName(), err)
	}
	out.program = cel.NewAdmission(&out.policy.Spec)
	for _, written := range bindings {
		var binding admissionregistrationv1.ValidatingAdmissionPolicyBinding
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(written.Object, &binding); err != nil {
			return nil, fmt.Errorf("binding %s: %w", written.GetName(), err)
		}
		if binding.Spec.PolicyName == out.policy.Name {
			out.bindings = append(out.bindings, binding)
		}
	}
	return out, nil
}

// Evaluate says what the policy makes of the creation of a resource: nothing when it is not about it. With bindings the
// last one that is about it decides and, as in the Kyverno CLI, its matchResources alone unless Strict.
func (a *Admission) Evaluate(ctx context.Context, request *Request) []engine.RuleResult {
	created := *request
	created.Operation, created.User = "CREATE", known(request.User)
	if created.Namespace == nil { // a namespace without labels is still one
		created.Namespace = &corev1.Namespace{}
		if name := request.Resource.GetNamespace(); name != "" && request.Kind.Kind != "Namespace" {
			created.Namespace.Name = name
		}
	}
	if len(a.bindings) == 0 || a.Strict {
		if ok, err := created.matches(constraints(a.policy.Spec.MatchConstraints)); !ok || err != nil {
			return nil
		}
	}
	if len(a.bindings) == 0 {
		return []engine.RuleResult{a.judge(ctx, &created, nil)}
	}
	var results []engine.RuleResult
	for i := range a.bindings {
		binding := &a.bindings[i]
		if binding.Spec.MatchResources != nil {
			if ok, err := created.matches(binding.Spec.MatchResources); !ok || err != nil {
				continue
			}
		}
		said := a.judge(ctx, &created, parametersOf(a.params, binding.Spec.ParamRef))
		said.Properties = map[string]string{"binding": binding.Name}
		results = []engine.RuleResult{said}
	}
	return results
}

// constraints are those of a policy; without any it is about everything.
func constraints(written *admissionregistrationv1.MatchResources) *admissionregistrationv1.MatchResources {
	if written == nil {
		return &admissionregistrationv1.MatchResources{}
	}
	return written
}

// known fills in what is not known of a user.
func known(user authenticationv1.UserInfo) authenticationv1.UserInfo {
	user.Username, user.UID = cmp.Or(user.Username, nobody), cmp.Or(user.UID, nobody)
	if len(user.Groups) == 0 {
		user.Groups = []string{nobody}
	}
	return user
}

// parametersOf are what a paramRef means: the first resource of its name, or a list of those with its labels.
func parametersOf(params []*unstructured.Unstructured, ref *admissionregistrationv1.ParamRef) runtime.Object {
	if ref == nil {
		return nil
	}
	list := &unstructured.UnstructuredList{}
	for _, param := range params {
		if !refers(ref, param) {
			continue
		}
		if ref.Selector == nil {
			return param
		}
		list.Items = append(list.Items, *param)
	}
	if len(list.Items) == 0 {
		return nil
	}
	return list
}

// refers says whether a paramRef means a resource. A name decides over a namespace.
func refers(ref *admissionregistrationv1.ParamRef, param *unstructured.Unstructured) bool {
	if ref.Selector != nil {
		selector, err := metav1.LabelSelectorAsSelector(ref.Selector)
		return err == nil && selector.Matches(labels.Set(param.GetLabels()))
	}
	if ref.Name != "" {
		return param.GetName() == ref.Name
	}
	return ref.Namespace != "" && param.GetNamespace() == ref.Namespace
}

func (a *Admission) judge(ctx context.Context, request *Request, params runtime.Object) engine.RuleResult {
	said := a.program.Evaluate(ctx, cel.Input{
		Object: request.Resource, Kind: request.Kind, Resource: request.Plural, Operation: request.Operation,
		User: request.User, NamespaceLabels: request.Namespace.Labels, Params: params,
	})
	name := a.policy.Name
	switch {
	case said.Outcome == cel.Skipped:
		return result(name, engine.Skip, "match conditions aren't met")
	case said.Outcome == cel.Broken || said.Failed:
		return result(name, engine.Error, said.Message)
	case said.Outcome == cel.Denied:
		return result(name, engine.Fail, said.Message)
	}
	return result(name, engine.Pass, "")
}
