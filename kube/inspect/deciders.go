package inspect

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Deciders are all policies that decide about requests and are not judged here: those of Unjudged, and the API server's own
// that are bound. Who may not list the API server's is not told of them. Those that Kyverno made of its policies are left
// out: what they are made of is judged.
func (c *Cluster) Deciders(ctx context.Context) ([]Ref, error) {
	out, err := c.Unjudged(ctx)
	if err != nil {
		return nil, err
	}
	group := schema.GroupVersion{Group: admissionv1.GroupName, Version: "v1"}
	for _, kind := range []string{"validatingadmissionpolic", "mutatingadmissionpolic"} {
		bindings, err := c.allowed(ctx, group.WithResource(kind+"ybindings"))
		if err != nil {
			return nil, err
		}
		bound := map[string]bool{}
		for _, b := range bindings {
			name, _, _ := unstructured.NestedString(b.Object, "spec", "policyName")
			bound[name] = true
		}
		if len(bound) == 0 {
			continue
		}
		policies, err := c.allowed(ctx, group.WithResource(kind+"ies"))
		if err != nil {
			return nil, err
		}
		for i := range policies {
			if p := &policies[i]; bound[p.GetName()] && p.GetLabels()["app.kubernetes.io/managed-by"] != "kyverno" {
				out = append(out, refOf(p))
			}
		}
	}
	return out, nil
}
