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
	allowed, _ := rbac.New(p.k.client).Authorize(p.ctx, authorizer.AttributesRecord{
		User: &user.DefaultInfo{Name: name}, ResourceRequest: true, Verb: verb, Namespace: namespace, Name: object,
		APIGroup: r.gvr.Group, APIVersion: r.gvr.Version, Resource: r.gvr.Resource, Subresource: subresource,
	})
	return allowed, nil
}

// permit returns the API server's refusal of what a controller wants to do itself, nil when it may. Namespace and name may
// be empty: then it is about all.
func (k *Kyverno) permit(ctx context.Context, i installed, verb string, gvr schema.GroupVersionResource, namespace, name string) error {
	allowed, _ := rbac.New(k.client).Authorize(ctx, authorizer.AttributesRecord{
		User: &user.DefaultInfo{Name: i.user(), Groups: []string{i.group(), "system:serviceaccounts", user.AllAuthenticated}}, ResourceRequest: true,
		Verb: verb, Namespace: namespace, Name: name, APIGroup: gvr.Group, APIVersion: gvr.Version, Resource: gvr.Resource,
	})
	if allowed {
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
