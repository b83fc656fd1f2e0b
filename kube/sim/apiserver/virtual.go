package apiserver

import (
	"context"
	"net/http"
	"slices"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
)

// virtual is a resource that is answered but not stored: the reviews of authentication and authorization, and bindings.
type virtual struct {
	gvk        schema.GroupVersionKind
	plural     string
	namespaced bool
	// review answers a body.
	review func(ctx context.Context, s *Server, by asker, body []byte) (any, error)
}

func virtualResources() []virtual {
	authn, authz := authenticationv1.SchemeGroupVersion, authorizationv1.SchemeGroupVersion
	return []virtual{
		{gvk: corev1.SchemeGroupVersion.WithKind("Binding"), plural: "bindings", namespaced: true, review: reviewed(bindPod)},
		{gvk: authn.WithKind("SelfSubjectReview"), plural: "selfsubjectreviews", review: reviewed(reviewSelf)},
		{gvk: authn.WithKind("TokenReview"), plural: "tokenreviews", review: reviewed(reviewToken)},
		{gvk: authz.WithKind("LocalSubjectAccessReview"), plural: "localsubjectaccessreviews", namespaced: true, review: reviewed(reviewLocalAccess)},
		{gvk: authz.WithKind("SelfSubjectAccessReview"), plural: "selfsubjectaccessreviews", review: reviewed(reviewOwnAccess)},
		{gvk: authz.WithKind("SelfSubjectRulesReview"), plural: "selfsubjectrulesreviews", review: reviewed(reviewRules)},
		{gvk: authz.WithKind("SubjectAccessReview"), plural: "subjectaccessreviews", review: reviewed(reviewAccess)},
	}
}

// reviewed makes a review of bodies from one of typed objects.
func reviewed[T any](answer func(context.Context, *Server, asker, *T) error) func(context.Context, *Server, asker, []byte) (any, error) {
	return func(ctx context.Context, s *Server, by asker, body []byte) (any, error) {
		obj := new(T)
		if err := kjson.UnmarshalCaseSensitivePreserveInts(body, obj); err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return obj, answer(ctx, s, by, obj)
	}
}

// serveVirtual answers a path that names a virtual resource; false means that it names none.
func (s *Server) serveVirtual(out *response, user authenticationv1.UserInfo, t target) bool {
	all := virtualResources()
	i := slices.IndexFunc(all, func(v virtual) bool { return v.gvk.GroupVersion() == t.gv && v.plural == t.resource })
	if i < 0 || t.name != "" || (t.namespace != "") != all[i].namespaced {
		return false
	}
	if out.r.Method != http.MethodPost {
		out.fail(methodNotAllowed())
		return true
	}
	text, err := s.readDocument(out.r)
	if err != nil {
		out.fail(err)
		return true
	}
	answer, err := all[i].review(out.r.Context(), s, asker{user: user, namespace: t.namespace}, text)
	if err != nil {
		out.fail(err)
		return true
	}
	if obj, ok := answer.(runtime.Object); ok {
		obj.GetObjectKind().SetGroupVersionKind(all[i].gvk)
	}
	out.json(http.StatusCreated, answer)
	return true
}

func (v virtual) apiResource() metav1.APIResource {
	return metav1.APIResource{Name: v.plural, SingularName: v.singular(), Namespaced: v.namespaced, Kind: v.gvk.Kind, Verbs: []string{"create"}}
}

func (v virtual) singular() string { return v.plural[:len(v.plural)-1] }

func (v virtual) aggregated() apidiscoveryv2.APIResourceDiscovery {
	scope := apidiscoveryv2.ScopeCluster
	if v.namespaced {
		scope = apidiscoveryv2.ScopeNamespace
	}
	return apidiscoveryv2.APIResourceDiscovery{
		Resource: v.plural, ResponseKind: responseKind(v.gvk), Scope: scope, SingularResource: v.singular(), Verbs: []string{"create"},
	}
}

// withVirtualGroups adds the groups that have virtual resources only.
func withVirtualGroups(groups []group) []group {
	out := slices.Clone(groups)
	for _, v := range virtualResources() {
		if slices.ContainsFunc(out, func(g group) bool { return g.name == v.gvk.Group }) {
			continue
		}
		at := slices.IndexFunc(out, func(g group) bool { return priority(g.name) > priority(v.gvk.Group) })
		if at < 0 {
			at = len(out)
		}
		out = slices.Insert(out, at, group{name: v.gvk.Group, versions: []groupVersion{{gv: v.gvk.GroupVersion()}}})
	}
	return out
}
