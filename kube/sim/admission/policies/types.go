package policies

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"

	"podsec/kube/sim/api"
)

// Schemas is what a check of types must know of the API server.
type Schemas interface {
	resolver.SchemaResolver
	// Resources returns what is served.
	Resources() []api.Resource
}

// TypeWarnings says which expressions of a policy do not fit the kinds that it matches, as kube-controller-manager does:
// policies are accepted without it, because their kinds may not be known yet.
func TypeWarnings(schemas Schemas, policy *admissionv1.ValidatingAdmissionPolicy) []admissionv1.ExpressionWarning {
	mapper := meta.NewDefaultRESTMapper(nil)
	for _, r := range schemas.Resources() {
		scope := meta.RESTScopeRoot
		if r.Namespaced {
			scope = meta.RESTScopeNamespace
		}
		mapper.AddSpecific(r.GVK, r.GVR, r.GVR, scope)
	}
	checker := validating.TypeChecker{SchemaResolver: schemas, RestMapper: mapper}
	return checker.Check(policy)
}
