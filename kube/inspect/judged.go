package inspect

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"podsec/engine"
)

// Resources lists the objects of the kinds that entries of match.resources.kinds name, in one namespace or ("") in all.
// clusterWide leaves out the kinds whose objects have a namespace. What may not be listed is left out, as by the Kyverno
// CLI.
func (c *Cluster) Resources(ctx context.Context, entries []string, namespace string, clusterWide bool) ([]*unstructured.Unstructured, error) {
	return c.objectsOf(ctx, namespace, func(kind Kind, gvk schema.GroupVersionKind) bool {
		named := slices.ContainsFunc(entries, func(e string) bool { return engine.MatchesKind(e, gvk, "") })
		return named && !(kind.Namespaced && clusterWide) && (kind.Namespaced || namespace == "")
	})
}

// objectsOf lists the objects of the kinds that are wanted, in one namespace or ("") in all. What may not be listed is left
// out.
func (c *Cluster) objectsOf(ctx context.Context, namespace string, wanted func(Kind, schema.GroupVersionKind) bool) ([]*unstructured.Unstructured, error) {
	lists, err := discovery.ServerPreferredResources(c.discovery)
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, fmt.Errorf("ask for the kinds: %w", err)
	}
	var out []*unstructured.Unstructured
	for _, list := range lists {
		for _, kind := range kindsOf(list) {
			gvk := schema.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}
			if !wanted(kind, gvk) {
				continue
			}
			found, err := c.client.Resource(gvk.GroupVersion().WithResource(kind.Resource)).Namespace(namespace).List(ctx, metav1.ListOptions{})
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				continue
			}
			for i := range found.Items {
				found.Items[i].SetGroupVersionKind(gvk)
				out = append(out, &found.Items[i])
			}
		}
	}
	return out, nil
}
