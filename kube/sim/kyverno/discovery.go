package kyverno

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/wildcard"
	"podsec/kube/sim/api"
)

// resource is one resource that the API server serves, as its discovery documents say it.
type resource struct {
	gvr          schema.GroupVersionResource
	kind         string
	namespaced   bool
	subresources []string
}

func (r resource) gvk() schema.GroupVersionKind { return r.gvr.GroupVersion().WithKind(r.kind) }

// podSubresources are those of pods that admission sees.
var podSubresources = []string{"attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "status"}

// discovery knows the resources that the API server serves: the built-in ones and those of stored
// CustomResourceDefinitions.
type discovery struct {
	builtin []resource

	mu        sync.RWMutex
	custom    map[string][]resource // by the name of the definition
	resources []resource            // all, ordered by group, version and name; replaced, never changed
}

func newDiscovery(kinds []*api.Kind) *discovery {
	d := &discovery{custom: map[string][]resource{}}
	for _, kind := range kinds {
		d.builtin = append(d.builtin, builtinResource(kind))
	}
	d.collect()
	return d
}

func builtinResource(kind *api.Kind) resource {
	r := resource{gvr: kind.GVR(), kind: kind.GVK.Kind, namespaced: kind.Namespaced}
	switch {
	case kind.GVK.Group == "" && kind.GVK.Kind == "Pod":
		r.subresources = podSubresources
		return r
	case kind.Status:
		r.subresources = append(r.subresources, "status")
	}
	if kind.Scale {
		r.subresources = append(r.subresources, "scale")
	}
	return r
}

// set notes a definition that came, changed or, with now nil, went.
func (d *discovery) set(name string, now *unstructured.Unstructured) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.custom, name)
	if now != nil {
		d.custom[name] = customResources(now)
	}
	d.collect()
}

// collect puts all resources into their order.
func (d *discovery) collect() {
	all := slices.Clone(d.builtin)
	for _, resources := range d.custom {
		all = append(all, resources...)
	}
	slices.SortFunc(all, func(a, b resource) int {
		return cmp.Or(cmp.Compare(a.gvr.Group, b.gvr.Group), cmp.Compare(a.gvr.Version, b.gvr.Version), cmp.Compare(a.gvr.Resource, b.gvr.Resource))
	})
	d.resources = all
}

// customResources are the served versions of a definition.
func customResources(definition *unstructured.Unstructured) []resource {
	spec := nested(definition.Object, "spec")
	names := nested(spec, "names")
	var found []resource
	for _, version := range objects(spec, "versions") {
		if version["served"] != true {
			continue
		}
		found = append(found, resource{
			gvr:          schema.GroupVersionResource{Group: text(spec, "group"), Version: text(version, "name"), Resource: text(names, "plural")},
			kind:         text(names, "kind"),
			namespaced:   text(spec, "scope") == string(apiextensionsv1.NamespaceScoped),
			subresources: slices.Sorted(maps.Keys(nested(version, "subresources"))),
		})
	}
	return found
}

// kindOf returns the resource that a request's GVR names.
func (d *discovery) kindOf(gvr schema.GroupVersionResource) (resource, bool) {
	for _, r := range d.all() {
		if r.gvr == gvr {
			return r, true
		}
	}
	return resource{}, false
}

// kindFor returns the resource of a kind in a version ("v1", "apps/v1").
func (d *discovery) kindFor(apiVersion, kind string) (resource, bool) {
	for _, r := range d.all() {
		if r.kind == kind && r.gvr.GroupVersion().String() == apiVersion {
			return r, true
		}
	}
	return resource{}, false
}

// find returns the resources that a kind selector means, each with the subresource that it names ("" for none), in a
// fixed order. It mirrors Kyverno's findResources: wildcards in every part, and for "*/*" subresources too.
func (d *discovery) find(selector kindSelector) []foundResource {
	var found []foundResource
	for _, r := range d.all() {
		if !wildcard.Match(selector.group, r.gvr.Group) || !wildcard.Match(selector.version, r.gvr.Version) || !wildcard.Match(selector.kind, r.kind) {
			continue
		}
		if selector.subresource == "" || selector.kind == "*" && selector.subresource == "*" {
			found = append(found, foundResource{r, ""})
		}
		for _, sub := range r.subresources {
			if selector.subresource != "" && wildcard.Match(selector.subresource, sub) {
				found = append(found, foundResource{r, sub})
			}
		}
	}
	return found
}

// foundResource is a resource or one of its subresources.
type foundResource struct {
	resource
	subresource string
}

// all returns every resource, ordered by group, version and name. Callers must not change the list.
func (d *discovery) all() []resource {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.resources
}
