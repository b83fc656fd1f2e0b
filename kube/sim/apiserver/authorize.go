package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/request"

	"podsec/kube/sim/rbac"
)

// infoOf is a user as the authorizer knows one.
func infoOf(u authenticationv1.UserInfo) user.Info {
	info := &user.DefaultInfo{Name: u.Username, UID: u.UID, Groups: u.Groups}
	if len(u.Extra) > 0 {
		info.Extra = map[string][]string{}
	}
	for key, values := range u.Extra {
		info.Extra[key] = values
	}
	return info
}

// requestInfos reads what requests are about from their paths, as kube-apiserver does.
func requestInfos() *request.RequestInfoFactory {
	return &request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
}

// authorize returns the error for a request that its user may not make.
func (s *Server) authorize(r *http.Request, u authenticationv1.UserInfo) error {
	who := infoOf(u)
	if rbac.Privileged(who) {
		return nil
	}
	info, err := s.requestInfos.NewRequestInfo(r)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	return s.permit(r.Context(), authorizer.AttributesRecord{
		User: who, Verb: info.Verb, Path: info.Path, ResourceRequest: info.IsResourceRequest,
		APIGroup: info.APIGroup, APIVersion: info.APIVersion, Resource: info.Resource, Subresource: info.Subresource,
		Namespace: info.Namespace, Name: info.Name,
	})
}

// permit returns the error for what may not be done.
func (s *Server) permit(ctx context.Context, a authorizer.AttributesRecord) error {
	allowed, reason := s.authorizer.Authorize(ctx, a)
	if allowed {
		return nil
	}
	text := forbiddenText(a)
	if reason != "" {
		text += ": " + reason
	}
	return apierrors.NewForbidden(schema.GroupResource{Group: a.APIGroup, Resource: a.Resource}, a.Name, fmt.Errorf("%s", text))
}

// forbiddenText is what kube-apiserver says of a refused request. Nothing in it may look like HTML.
func forbiddenText(a authorizer.AttributesRecord) string {
	text := fmt.Sprintf("User %q cannot %s path %q", a.User.GetName(), a.Verb, a.Path)
	if a.ResourceRequest {
		resource := a.Resource
		if a.Subresource != "" {
			resource += "/" + a.Subresource
		}
		scope := "at the cluster scope"
		if a.Namespace != "" {
			scope = fmt.Sprintf("in the namespace %q", a.Namespace)
		}
		text = fmt.Sprintf("User %q cannot %s resource %q in API group %q %s", a.User.GetName(), a.Verb, resource, a.APIGroup, scope)
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// mayCreate checks the right to create, which an apply needs besides the one to patch when there is no object yet.
func (s *Server) mayCreate(ctx context.Context, c *call) error {
	if !c.outside {
		return nil
	}
	return s.permit(ctx, authorizer.AttributesRecord{
		User: infoOf(c.user), Verb: "create", ResourceRequest: true, APIGroup: c.res.gvr.Group, APIVersion: c.res.gvr.Version,
		Resource: c.res.gvr.Resource, Namespace: c.namespace, Name: c.name,
	})
}

// mayGrant refuses roles and bindings by which a user from outside would give more than he has.
func (s *Server) mayGrant(ctx context.Context, c *call, obj, old *unstructured.Unstructured) error {
	who := infoOf(c.user)
	if !c.outside || c.res.gvr.Group != rbacv1.GroupName || rbac.Privileged(who) {
		return nil
	}
	var err error
	switch c.res.gvr.Resource {
	case "roles", "clusterroles":
		role := rbacv1.ClusterRole{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &role); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		err = s.authorizer.MayWrite(ctx, who, rbac.Role{
			Namespace: c.namespace, Name: c.name, Rules: role.Rules, Aggregates: aggregates(obj) || aggregates(old),
		})
	default:
		binding := rbacv1.RoleBinding{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &binding); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		err = s.authorizer.MayBind(ctx, who, c.namespace, binding.RoleRef)
		if apierrors.IsNotFound(err) {
			return apierrors.NewNotFound(c.res.gvr.GroupResource(), binding.RoleRef.Name)
		}
	}
	if err != nil {
		return apierrors.NewForbidden(c.res.gvr.GroupResource(), c.name, err)
	}
	return nil
}

func aggregates(role *unstructured.Unstructured) bool {
	if role == nil {
		return false
	}
	selectors, _, _ := unstructured.NestedSlice(role.Object, "aggregationRule", "clusterRoleSelectors")
	return len(selectors) > 0
}
