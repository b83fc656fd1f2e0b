package kyverno

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
		return reviewTTL(a.Object), nil
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

func reviewTTL(object *unstructured.Unstructured) api.Review {
	answer := api.Review{Allowed: true}
	if object == nil {
		return answer
	}
	if ttl, labelled := object.GetLabels()[ttlLabel]; labelled {
		if err := checkTTL(ttl); err != nil {
			answer.Warnings = []string{fmt.Sprintf("%s label value cannot be parsed as any recognizable format (%s)", ttlLabel, err)}
		}
	}
	return answer
}

// checkTTL accepts a duration, a date and time, or a date, and returns the error of the last try.
func checkTTL(ttl string) error {
	if _, err := time.ParseDuration(ttl); err == nil {
		return nil
	}
	if _, err := time.Parse("2006-01-02T150405Z", ttl); err == nil {
		return nil
	}
	_, err := time.Parse("2006-01-02", ttl)
	return err
}
