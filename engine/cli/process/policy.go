package process

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// Policy is what answers say of the policy that they are from. ClusterPolicies and Policies are *engine.Policy.
type Policy interface {
	Object() *unstructured.Unstructured
	Name() string
	Namespace() string
	Key() string // "name" or "namespace/name"
	ReportStatus(status engine.Status) engine.Status
	// Background and Admission say where the policy is used.
	Background() bool
	Admission() bool
}

// HasRules says whether policies of a kind have rules with names; the others are one rule as a whole.
func HasRules(kind string) bool { return kind == "ClusterPolicy" || kind == "Policy" }

// celPolicy is a policy of another kind, most of them written in CEL.
type celPolicy struct{ object *unstructured.Unstructured }

func (p celPolicy) Object() *unstructured.Unstructured { return p.object }
func (p celPolicy) Name() string                       { return p.object.GetName() }
func (p celPolicy) Namespace() string                  { return p.object.GetNamespace() }

func (p celPolicy) Key() string {
	if namespace := p.Namespace(); namespace != "" {
		return namespace + "/" + p.Name()
	}
	return p.Name()
}

func (p celPolicy) ReportStatus(status engine.Status) engine.Status {
	if status == engine.Fail && p.object.GetAnnotations()["policies.kyverno.io/scored"] == "false" {
		return engine.Warn
	}
	return status
}

func (p celPolicy) Background() bool { return p.enabled("background") }
func (p celPolicy) Admission() bool  { return p.enabled("admission") }

// enabled says whether spec.evaluation leaves a use of the policy on.
func (p celPolicy) enabled(where string) bool {
	on, found, err := unstructured.NestedBool(p.object.Object, "spec", "evaluation", where, "enabled")
	return on || !found || err != nil
}

// deletes says whether a policy deletes. Reports say neither what it is nor where it was used.
func deletes(policy Policy) bool {
	kind := policy.Object().GetKind()
	return strings.HasSuffix(kind, "DeletingPolicy") || strings.HasSuffix(kind, "CleanupPolicy")
}

// Stage says when the Kyverno CLI applies a policy: policies of a later stage to all resources, after those of an earlier one.
func (r *Response) Stage() int {
	switch strings.TrimPrefix(r.Policy.Object().GetKind(), "Namespaced") {
	case "ImageValidatingPolicy":
		return 1
	case "DeletingPolicy":
		return 2
	case "CleanupPolicy", "ClusterCleanupPolicy":
		return 3
	}
	return 0
}

// source is what reports name as the origin of a result.
func source(policy Policy) string {
	if _, ok := policy.(celPolicy); !ok {
		return "kyverno"
	}
	if deletes(policy) {
		return "kyverno"
	}
	kind := strings.TrimPrefix(policy.Object().GetKind(), "Namespaced")
	if strings.HasSuffix(kind, "AdmissionPolicy") {
		return kind
	}
	return "Kyverno" + kind
}
