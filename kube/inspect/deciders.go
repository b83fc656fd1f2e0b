package inspect

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Deciders names all policies that decide about requests and are not judged here: those of Unjudged, and the API server's
// own that are bound, as "Kind name". Who may not read the API server's is not told of them. Those that Kyverno made of its
// policies are left out: what they are made of is judged.
func (c *Cluster) Deciders(ctx context.Context) ([]string, error) {
	names, err := c.Unjudged(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{"validatingadmissionpolic", "mutatingadmissionpolic"} {
		bindings, err := c.ownPolicies(ctx, kind+"ybindings")
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
		policies, err := c.ownPolicies(ctx, kind+"ies")
		if err != nil {
			return nil, err
		}
		for _, p := range policies {
			if bound[p.GetName()] && p.GetLabels()["app.kubernetes.io/managed-by"] != "kyverno" {
				names = append(names, p.GetKind()+" "+p.GetName())
			}
		}
	}
	return names, nil
}

// ownPolicies lists a resource of admissionregistration.k8s.io.
func (c *Cluster) ownPolicies(ctx context.Context, resource string) ([]unstructured.Unstructured, error) {
	found, err := c.list(ctx, schema.GroupVersionResource{Group: admissionv1.GroupName, Version: "v1", Resource: resource}, "")
	if apierrors.IsForbidden(err) {
		return nil, nil
	}
	return found, err
}
