package kyverno

import (
	"context"
	"slices"

	"podsec/engine/celpolicy"
	"podsec/engine/celpolicy/stored"
	"podsec/engine/policycheck"
	"podsec/kube/sim/api"
)

// reviewPolicy answers the webhook that checks policies when they are written. Kinds of policies that the simulator
// does not evaluate pass.
func (s admissionService) reviewPolicy(ctx context.Context, a *api.Attributes) api.Review {
	if a.Subresource != "" || a.Object == nil {
		return api.Review{Allowed: true}
	}
	if a.Resource.Group != kyvernoGroup {
		return s.reviewCELPolicy(a)
	}
	warnings, err := policycheck.CheckIn(s.k.checks(ctx), a.Object, a.OldObject)
	if err != nil {
		return api.Review{Message: err.Error(), Warnings: warnings}
	}
	return api.Review{Allowed: true, Warnings: warnings}
}

// reviewCELPolicy checks a policy of policies.kyverno.io. From now on its kind is watched.
func (s admissionService) reviewCELPolicy(a *api.Attributes) api.Review {
	warnings, err := celpolicy.Check(a.Object)
	if err != nil {
		return api.Review{Message: err.Error(), Warnings: warnings}
	}
	s.k.useCEL(a)
	return api.Review{Allowed: true, Warnings: warnings}
}

// useCEL has the resource watched that is being written to.
func (k *Kyverno) useCEL(a *api.Attributes) {
	if !a.DryRun && k.cel.use(stored.Resource(a.Resource.Resource)) {
		k.later("watch", k.watch)
	}
}

// checks is the cluster as the checks of policies see it.
func (k *Kyverno) checks(ctx context.Context) policycheck.Cluster {
	cluster := policycheck.Cluster{Kinds: k.discovery, Permissions: permissions{ctx, k}}
	if k.schemas != nil {
		cluster.Types = servedTypes{k.schemas, k.discovery}
	}
	return cluster
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
