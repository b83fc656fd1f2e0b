package kyverno

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
)

// cleanupService answers the webhooks of the cleanup controller.
type cleanupService struct{ k *Kyverno }

// Review implements api.Service. An unreadable TTL label earns a warning; nothing is refused.
func (s cleanupService) Review(_ context.Context, path string, a *api.Attributes) (api.Review, error) {
	switch path {
	case cleanupPath:
		return api.Review{Allowed: true}, nil
	case ttlPath:
		return reviewTTL(a.Object), nil
	}
	return api.Review{}, fmt.Errorf("webhook path %s: not found", path)
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
