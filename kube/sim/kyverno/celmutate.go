package kyverno

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/api"
)

// answerMutation answers a mutating webhook.
func (k *Kyverno) answerMutation(ctx context.Context, r *review, changed *unstructured.Unstructured, verdicts []stored.Verdict) api.Review {
	k.tellVerdicts(ctx, r, verdicts, false)
	if broken := stored.Broken(verdicts); len(broken) > 0 {
		return denial(fmt.Sprintf("Resource: %s/%s, Kind: %s, Errors: %v", r.Namespace, r.Name, r.Kind.Kind, broken))
	}
	return api.Review{Allowed: true, Object: changed}
}
