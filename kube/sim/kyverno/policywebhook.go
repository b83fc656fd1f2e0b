package kyverno

import (
	"slices"

	"podsec/engine/policycheck"
	"podsec/kube/sim/api"
)

// reviewPolicy answers the webhook that checks policies when they are written. Kinds of policies that the simulator
// does not evaluate pass.
func (s admissionService) reviewPolicy(a *api.Attributes) api.Review {
	if a.Resource.Group != kyvernoGroup || a.Subresource != "" || a.Object == nil {
		return api.Review{Allowed: true}
	}
	warnings, err := policycheck.Check(a.Object, a.OldObject, s.k.discovery)
	if err != nil {
		return api.Review{Message: err.Error(), Warnings: warnings}
	}
	return api.Review{Allowed: true, Warnings: warnings}
}

var _ policycheck.KindResolver = (*discovery)(nil)

// FindKind implements policycheck.KindResolver.
func (d *discovery) FindKind(selector string) (found, subresource bool) {
	resources := d.find(parseKind(selector))
	return len(resources) > 0, slices.ContainsFunc(resources, func(r foundResource) bool { return r.subresource != "" })
}

// ClusterScoped implements policycheck.KindResolver.
func (d *discovery) ClusterScoped(kind string) bool {
	resources := d.find(parseKind(kind))
	return len(resources) > 0 && !slices.ContainsFunc(resources, func(r foundResource) bool { return r.namespaced })
}
