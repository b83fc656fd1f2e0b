package apiserver

import (
	"fmt"
	"slices"
	"sort"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// registry is what is served at one moment. It is immutable.
type registry struct {
	byResource map[schema.GroupVersionResource]*resource
	byKind     map[schema.GroupVersionKind]*resource
	groups     []group
	// replaced is closed when another registry takes this one's place.
	replaced chan struct{}
}

// group is an API group with its versions, the preferred one first.
type group struct {
	name     string
	versions []groupVersion
}

// groupVersion is one version's resources by name.
type groupVersion struct {
	gv        schema.GroupVersion
	resources []*resource
}

// newRegistry indexes resources; two of the same name in one group and version are an error.
func newRegistry(resources []*resource) (*registry, error) {
	reg := &registry{
		byResource: make(map[schema.GroupVersionResource]*resource, len(resources)),
		byKind:     make(map[schema.GroupVersionKind]*resource, len(resources)),
		replaced:   make(chan struct{}),
	}
	groups := map[schema.GroupVersion][]*resource{}
	for _, res := range resources {
		if _, ok := reg.byResource[res.gvr]; ok {
			return nil, fmt.Errorf("%s is registered twice", res.gvr)
		}
		reg.byResource[res.gvr] = res
		reg.byKind[res.gvk] = res
		gv := res.gvr.GroupVersion()
		groups[gv] = append(groups[gv], res)
	}
	reg.groups = inPriority(groups)
	return reg, nil
}

// inPriority orders groups as kube-apiserver's aggregator does, versions by Kubernetes' version order, and resources by
// name.
func inPriority(byVersion map[schema.GroupVersion][]*resource) []group {
	byName := map[string]*group{}
	for gv, resources := range byVersion {
		sort.Slice(resources, func(i, j int) bool { return resources[i].gvr.Resource < resources[j].gvr.Resource })
		g := byName[gv.Group]
		if g == nil {
			g = &group{name: gv.Group}
			byName[gv.Group] = g
		}
		g.versions = append(g.versions, groupVersion{gv: gv, resources: resources})
	}
	var groups []group
	for _, g := range byName {
		sort.Slice(g.versions, func(i, j int) bool {
			return version.CompareKubeAwareVersionStrings(g.versions[i].gv.Version, g.versions[j].gv.Version) > 0
		})
		groups = append(groups, *g)
	}
	sort.Slice(groups, func(i, j int) bool {
		a, b := priority(groups[i].name), priority(groups[j].name)
		return a < b || a == b && groups[i].name < groups[j].name
	})
	return groups
}

// priority is a built-in group's place in discovery; custom groups come after all of them.
func priority(group string) int {
	order := []string{
		"", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
		"autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
		"storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
		"coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
	}
	if i := slices.Index(order, group); i >= 0 {
		return i
	}
	return len(order)
}

// group returns a group by name.
func (r *registry) group(name string) (group, bool) {
	i := slices.IndexFunc(r.groups, func(g group) bool { return g.name == name })
	if i < 0 {
		return group{}, false
	}
	return r.groups[i], true
}

// version returns a group's version.
func (r *registry) version(gv schema.GroupVersion) (groupVersion, bool) {
	g, _ := r.group(gv.Group)
	i := slices.IndexFunc(g.versions, func(v groupVersion) bool { return v.gv == gv })
	if i < 0 {
		return groupVersion{}, false
	}
	return g.versions[i], true
}

// anyVersion returns a served version of a resource.
func (r *registry) anyVersion(groupName, resource string) (schema.GroupVersionResource, bool) {
	g, _ := r.group(groupName)
	for _, v := range g.versions {
		if gvr := v.gv.WithResource(resource); r.byResource[gvr] != nil {
			return gvr, true
		}
	}
	return schema.GroupVersionResource{}, false
}
