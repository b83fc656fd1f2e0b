package kyverno

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"podsec/engine/policycheck"
	"podsec/engine/wildcard"
	"podsec/kube/sim/rbac"
)

// permissions asks the cluster's roles what the controllers may do. Like Kyverno it names the user and no groups.
type permissions struct {
	ctx context.Context //nolint:containedctx // lives as long as one review
	k   *Kyverno
}

var _ policycheck.Permissions = permissions{}

// User implements policycheck.Permissions.
func (p permissions) User(account policycheck.Account) string {
	component := component(account)
	if account == policycheck.AdmissionController {
		component = admissionController
	}
	controller, deployed := p.k.deployed(component)
	if !deployed {
		return ""
	}
	return controller.user()
}

// May implements policycheck.Permissions.
func (p permissions) May(name, verb, kind, namespace, object, subresource string) (bool, error) {
	r, served := p.k.discovery.forAccess(kind)
	if !served {
		return false, fmt.Errorf("find kind %s: not served", kind)
	}
	return p.k.authorized(p.ctx, &user.DefaultInfo{Name: name}, authorizer.AttributesRecord{
		Verb: verb, Namespace: namespace, Name: object, Subresource: subresource,
	}, r.gvr), nil
}

// authorized says whether the cluster's roles let a user do something with a resource.
func (k *Kyverno) authorized(ctx context.Context, who *user.DefaultInfo, what authorizer.AttributesRecord, gvr schema.GroupVersionResource) bool {
	what.User, what.ResourceRequest = who, true
	what.APIGroup, what.APIVersion, what.Resource = gvr.Group, gvr.Version, gvr.Resource
	allowed, _ := rbac.New(k.client).Authorize(ctx, what)
	return allowed
}

// permit returns the API server's refusal of what a controller wants to do itself, nil when it may. Namespace and name may
// be empty: then it is about all.
func (k *Kyverno) permit(ctx context.Context, i installed, verb string, gvr schema.GroupVersionResource, namespace, name string) error {
	who := &user.DefaultInfo{Name: i.user(), Groups: []string{i.group(), "system:serviceaccounts", user.AllAuthenticated}}
	if k.authorized(ctx, who, authorizer.AttributesRecord{Verb: verb, Namespace: namespace, Name: name}, gvr) {
		return nil
	}
	scope := "at the cluster scope"
	if namespace != "" {
		scope = fmt.Sprintf("in the namespace %q", namespace)
	}
	return apierrors.NewForbidden(gvr.GroupResource(), name,
		fmt.Errorf("User %q cannot %s resource %q in API group %q %s", i.user(), verb, gvr.Resource, gvr.Group, scope)) //nolint:staticcheck // the API server's words
}

// forAccess finds the resource of "group/version/Kind", "version/Kind" or a kind alone. Nobody is asked about wildcards.
func (d *discovery) forAccess(kind string) (resource, bool) {
	if wildcard.In(kind) {
		return resource{}, false
	}
	if i := strings.LastIndexByte(kind, '/'); i > 0 {
		return d.kindFor(kind[:i], kind[i+1:])
	}
	for _, r := range d.find(parseKind(kind)) {
		if r.subresource == "" {
			return r.resource, true
		}
	}
	return resource{}, false
}
