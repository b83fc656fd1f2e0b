package apiserver

import (
	"encoding/json"
	"net/http"
	"slices"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// virtual is a resource that is answered but not stored: the reviews of authentication and authorization. Everybody who
// has a token may do everything in the simulated cluster.
type virtual struct {
	gvk        schema.GroupVersionKind
	plural     string
	namespaced bool
	// review answers a body, which it changes.
	review func(user authenticationv1.UserInfo, body map[string]any)
}

func virtualResources() []virtual {
	authn, authz := authenticationv1.SchemeGroupVersion, authorizationv1.SchemeGroupVersion
	return []virtual{
		{gvk: authn.WithKind("SelfSubjectReview"), plural: "selfsubjectreviews", review: reviewSelf},
		{gvk: authz.WithKind("LocalSubjectAccessReview"), plural: "localsubjectaccessreviews", namespaced: true, review: allow},
		{gvk: authz.WithKind("SelfSubjectAccessReview"), plural: "selfsubjectaccessreviews", review: allow},
		{gvk: authz.WithKind("SelfSubjectRulesReview"), plural: "selfsubjectrulesreviews", review: allRules},
		{gvk: authz.WithKind("SubjectAccessReview"), plural: "subjectaccessreviews", review: allow},
	}
}

func reviewSelf(user authenticationv1.UserInfo, body map[string]any) {
	body["status"] = authenticationv1.SelfSubjectReviewStatus{UserInfo: user}
}

func allow(_ authenticationv1.UserInfo, body map[string]any) {
	body["status"] = authorizationv1.SubjectAccessReviewStatus{Allowed: true}
}

func allRules(_ authenticationv1.UserInfo, body map[string]any) {
	all := []string{"*"}
	body["status"] = authorizationv1.SubjectRulesReviewStatus{
		ResourceRules:    []authorizationv1.ResourceRule{{Verbs: all, APIGroups: all, Resources: all}},
		NonResourceRules: []authorizationv1.NonResourceRule{{Verbs: all, NonResourceURLs: all}},
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
	body := map[string]any{}
	if err := json.Unmarshal(text, &body); err != nil {
		out.fail(apierrors.NewBadRequest(err.Error()))
		return true
	}
	body["kind"], body["apiVersion"] = all[i].gvk.Kind, t.gv.String()
	all[i].review(user, body)
	out.json(http.StatusCreated, body)
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
