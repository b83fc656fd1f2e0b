package files

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// celKinds are the kinds of policies.kyverno.io; each has a namespaced form.
var celKinds = []string{
	"ValidatingPolicy", "MutatingPolicy", "GeneratingPolicy", "DeletingPolicy", "ImageValidatingPolicy",
}

// add sorts a policy in; false says that its kind is none of a policy.
func (p *Policies) add(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	if text, ok := deprecation(kind); ok {
		p.Warnings = append(p.Warnings, Note{Path: name, Text: text})
	}
	switch kind.Group {
	case "kyverno.io":
		return p.addKyverno(name, object)
	case "admissionregistration.k8s.io":
		return p.addAdmission(name, object)
	case "policies.kyverno.io":
		switch {
		case kind.Kind == "PolicyException":
			p.Exceptions = append(p.Exceptions, object)
		case slices.Contains(celKinds, strings.TrimPrefix(kind.Kind, "Namespaced")):
			p.CEL = append(p.CEL, object)
		default:
			return false
		}
		return true
	}
	return false
}

func (p *Policies) addKyverno(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	switch kind.Kind {
	case "ClusterPolicy", "Policy":
		if kind.Version != "v1" && kind.Version != "v2beta1" {
			return false
		}
		policy, err := engine.Compile(object)
		if err != nil {
			p.fail(name, err)
			return true
		}
		p.Kyverno = append(p.Kyverno, policy)
	case "PolicyException":
		p.Exceptions = append(p.Exceptions, object)
	case "CleanupPolicy", "ClusterCleanupPolicy":
		p.Cleanup = append(p.Cleanup, object)
	default:
		return false
	}
	return true
}

// addAdmission adds a policy of the API server, in the one version that the Kyverno CLI 1.19 takes.
func (p *Policies) addAdmission(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	switch {
	case strings.HasPrefix(kind.Kind, "Validating") && kind.Version != "v1":
		return false
	case strings.HasPrefix(kind.Kind, "MutatingAdmissionPolicy") && kind.Version != "v1alpha1":
		p.fail(name, fmt.Errorf("failed to parse document (failed to retrieve validator: kind %s not found in %s groupversion)", kind.Kind, kind.GroupVersion()))
		return true
	}
	switch kind.Kind {
	case "ValidatingAdmissionPolicy":
		p.Admission = append(p.Admission, object)
	case "ValidatingAdmissionPolicyBinding":
		p.AdmissionBindings = append(p.AdmissionBindings, object)
	case "MutatingAdmissionPolicy":
		p.Mutating = append(p.Mutating, object)
	case "MutatingAdmissionPolicyBinding":
		p.MutatingBindings = append(p.MutatingBindings, object)
	default:
		return false
	}
	return true
}

// NotEvaluated are the policies of kinds that tests do not evaluate: "kind name".
func (p *Policies) NotEvaluated() []string {
	var names []string
	for _, object := range p.Cleanup {
		names = append(names, object.GetKind()+" "+object.GetName())
	}
	return names
}
