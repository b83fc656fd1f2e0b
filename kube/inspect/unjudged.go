package inspect

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// unjudgedPolicies are the resources of policies that decide about requests and are not judged here.
func unjudgedPolicies() []schema.GroupVersionResource {
	group := schema.GroupVersion{Group: "policies.kyverno.io", Version: "v1"}
	return []schema.GroupVersionResource{
		group.WithResource("validatingpolicies"), group.WithResource("namespacedvalidatingpolicies"),
		group.WithResource("mutatingpolicies"), group.WithResource("namespacedmutatingpolicies"),
		group.WithResource("imagevalidatingpolicies"), group.WithResource("namespacedimagevalidatingpolicies"),
	}
}

// Unjudged names the policies of policies.kyverno.io, as "Kind name" or "Kind namespace/name": they decide about requests
// and stand in reports, but are left out of what is judged here.
func (c *Cluster) Unjudged(ctx context.Context) ([]string, error) {
	var names []string
	for _, gvr := range unjudgedPolicies() {
		found, err := c.list(ctx, gvr, "")
		if err != nil {
			return nil, err
		}
		for i := range found {
			names = append(names, found[i].GetKind()+" "+keyOf(&found[i]))
		}
	}
	return names, nil
}

// UnjudgedNote says that policies are left out, "" when there are none.
func UnjudgedNote(policies []string) string {
	if len(policies) == 0 {
		return ""
	}
	return "Not judged here, though they decide too: " + strings.Join(policies, ", ") + "."
}
