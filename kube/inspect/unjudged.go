package inspect

import (
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// Unjudged are the policies of policies.kyverno.io, those of namespaces among them: they decide about requests and stand in
// reports, but are left out of what is judged here. Who may not list them in all namespaces is not told of them.
func (c *Cluster) Unjudged(ctx context.Context) ([]Ref, error) {
	var out []Ref
	for _, gvr := range unjudgedPolicies() {
		found, err := c.allowed(ctx, gvr)
		if err != nil {
			return nil, err
		}
		for i := range found {
			out = append(out, refOf(&found[i]))
		}
	}
	return out, nil
}

// allowed lists a resource in all namespaces: nothing when that is forbidden.
func (c *Cluster) allowed(ctx context.Context, gvr schema.GroupVersionResource) ([]unstructured.Unstructured, error) {
	found, err := c.list(ctx, gvr, "")
	if apierrors.IsForbidden(err) {
		return nil, nil
	}
	return found, err
}

// UnjudgedNote says that policies are left out, of those of namespaces the ones that decide in the given. It is "" when
// there are none.
func UnjudgedNote(policies []Ref, namespaces ...string) string {
	var decide []Ref
	for _, p := range policies {
		if p.Namespace == "" || slices.Contains(namespaces, p.Namespace) {
			decide = append(decide, p)
		}
	}
	if len(decide) == 0 {
		return ""
	}
	return "Not judged here, though they decide too: " + strings.Join(kindsAndNames(decide), ", ") + "."
}

// kindsAndNames writes each as "Kind name" or "Kind namespace/name".
func kindsAndNames(refs []Ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, r.Kind+" "+r.String())
	}
	return out
}
