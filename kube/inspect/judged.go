package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"podsec/engine"
)

// Resources lists the objects of the kinds that entries of match.resources.kinds name, in one namespace or ("") in all.
// clusterWide leaves out the kinds whose objects have a namespace. What may not be listed is left out, as by the Kyverno
// CLI.
func (c *Cluster) Resources(ctx context.Context, entries []string, namespace string, clusterWide bool) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	err := c.objectsOf(ctx, namespace, func(kind Kind, gvk schema.GroupVersionKind) bool {
		named := slices.ContainsFunc(entries, func(e string) bool { return engine.MatchesKind(e, gvk, "") })
		return named && !(kind.Namespaced && clusterWide) && (kind.Namespaced || namespace == "")
	}, func(page []*unstructured.Unstructured) error {
		out = append(out, page...)
		return nil
	})
	return out, err
}

// KindFor returns the kind of a resource as paths of the API name it ("pods").
func (c *Cluster) KindFor(resource schema.GroupVersionResource) (schema.GroupVersionKind, error) {
	return c.mapper.KindFor(resource)
}

// objectsOf visits the objects of the kinds that are wanted, in one namespace or ("") in all, page by page. What may not be
// listed is left out.
func (c *Cluster) objectsOf(ctx context.Context, namespace string, wanted func(Kind, schema.GroupVersionKind) bool, visit func([]*unstructured.Unstructured) error) error {
	lists, err := discovery.ServerPreferredResources(c.discovery)
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return fmt.Errorf("ask for the kinds: %w", err)
	}
	for _, list := range lists {
		for _, kind := range kindsOf(list) {
			gvk := schema.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}
			if !wanted(kind, gvk) {
				continue
			}
			begun := false
			err := c.pages(ctx, gvk.GroupVersion().WithResource(kind.Resource), namespace, func(page []*unstructured.Unstructured) error {
				begun = true
				for _, o := range page {
					o.SetGroupVersionKind(gvk)
				}
				return visit(page)
			})
			if err != nil && (begun || ctx.Err() != nil) { // half of a kind would be as wrong as it looks right
				return cmp.Or(ctx.Err(), err)
			}
		}
	}
	return nil
}
