package kyverno

import (
	"context"
	"fmt"

	"podsec/engine/policycheck"
	"podsec/kube/sim/api"
)

// cleanupService answers the webhooks of the cleanup controller.
type cleanupService struct{ k *Kyverno }

// Review implements api.Service. An unreadable TTL label earns a warning.
func (s cleanupService) Review(ctx context.Context, path string, a *api.Attributes) (api.Review, error) {
	switch path {
	case cleanupPath:
		return s.reviewCleanup(ctx, a), nil
	case ttlPath:
		return s.k.reviewTTL(a), nil
	}
	return api.Review{}, fmt.Errorf("webhook path %s: not found", path)
}

// reviewCleanup checks a clean-up policy that is written. What is accepted earns the warning about the version that the
// webhook is registered for, whatever version it was written in.
func (s cleanupService) reviewCleanup(ctx context.Context, a *api.Attributes) api.Review {
	if a.Object == nil || a.Subresource != "" {
		return api.Review{Allowed: true}
	}
	if err := policycheck.CheckCleanup(s.k.checks(ctx), a.Object); err != nil {
		return denial(err.Error())
	}
	return api.Review{Allowed: true, Warnings: []string{deprecated(a.Kind.Kind)}}
}

// replacements are the kinds of policies.kyverno.io that Kyverno recommends for its older ones.
var replacements = map[string]string{
	"CleanupPolicy": "NamespacedDeletingPolicy", "ClusterCleanupPolicy": "DeletingPolicy", "PolicyException": "PolicyException",
}

// deprecated is what Kyverno's webhooks say of a kind; they are registered for v2beta1.
func deprecated(kind string) string {
	return fmt.Sprintf("%s/v2beta1 %s is deprecated and will be removed in a future release; migrate to %s (%s), "+
		"see https://kyverno.io/docs/guides/migration-to-cel/", kyvernoGroup, kind, replacements[kind], policiesGroup)
}
