package kyverno

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"podsec/engine/policycheck"
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

// forAccess finds the resource of "group/version/Kind", "version/Kind" or a kind alone.
func (d *discovery) forAccess(kind string) (resource, bool) {
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
