package apiserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	goruntime "runtime"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// serverVersion is the release that the simulated cluster says it is.
func serverVersion() version.Info {
	return version.Info{
		Major: "1", Minor: "36", EmulationMajor: "1", EmulationMinor: "36", MinCompatibilityMajor: "1", MinCompatibilityMinor: "35",
		GitVersion: "v1.36.3", GitCommit: "0000000000000000000000000000000000000000", GitTreeState: "clean",
		BuildDate: "2026-08-11T00:00:00Z", GoVersion: goruntime.Version(), Compiler: goruntime.Compiler,
		Platform: "linux/" + goruntime.GOARCH,
	}
}

func (s *Server) serveHealth(out *response, endpoint string) {
	body := "ok"
	if _, ok := out.r.URL.Query()["verbose"]; ok {
		body = "[+]ping ok\n[+]etcd ok\n" + endpoint + " check passed\n"
	}
	out.bytes(http.StatusOK, "text/plain; charset=utf-8", []byte(body))
}

// serveDiscovery answers the paths that list groups, versions and resources; false means that the path is none.
func (s *Server) serveDiscovery(out *response, reg *registry, parts []string) bool {
	root := parts[0]
	switch {
	case len(parts) == 1 && wantsAggregated(out.r):
		s.serveAggregated(out, reg, root)
	case len(parts) == 1 && root == "api":
		out.json(http.StatusOK, metav1.APIVersions{
			TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: out.r.Host}},
		})
	case len(parts) == 1:
		out.json(http.StatusOK, groupList(reg))
	case len(parts) == 2 && root == "api":
		out.resources(reg, schema.GroupVersion{Version: parts[1]})
	case len(parts) == 2:
		g, ok := reg.group(parts[1])
		if !ok || parts[1] == "" {
			out.notFound()
			return true
		}
		out.json(http.StatusOK, apiGroup(g, true))
	case len(parts) == 3 && root == "apis":
		out.resources(reg, schema.GroupVersion{Group: parts[1], Version: parts[2]})
	default:
		return false
	}
	return true
}

func groupList(reg *registry) metav1.APIGroupList {
	list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, g := range withVirtualGroups(reg.groups) {
		if g.name != "" {
			list.Groups = append(list.Groups, apiGroup(g, false))
		}
	}
	return list
}

func apiGroup(g group, alone bool) metav1.APIGroup {
	out := metav1.APIGroup{Name: g.name}
	if alone {
		out.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
	}
	for _, v := range g.versions {
		out.Versions = append(out.Versions, metav1.GroupVersionForDiscovery{GroupVersion: v.gv.String(), Version: v.gv.Version})
	}
	if len(out.Versions) > 0 {
		out.PreferredVersion = out.Versions[0]
	}
	return out
}

// resources answers with the resources of one group and version.
func (o *response) resources(reg *registry, gv schema.GroupVersion) {
	v, known := reg.version(gv)
	list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String(), APIResources: []metav1.APIResource{}}
	for _, res := range v.resources {
		list.APIResources = append(list.APIResources, apiResources(res)...)
	}
	for _, virtual := range virtualResources() {
		if virtual.gvk.GroupVersion() == gv {
			known = true
			list.APIResources = append(list.APIResources, virtual.apiResource())
		}
	}
	if !known {
		o.unknown(reg, gv)
		return
	}
	o.json(http.StatusOK, list)
}

// apiResources describes a resource and its subresources.
func apiResources(res *resource) []metav1.APIResource {
	out := []metav1.APIResource{{
		Name: res.gvr.Resource, SingularName: res.singular, Namespaced: res.namespaced, Kind: res.gvk.Kind,
		Verbs: res.verbs, ShortNames: res.shortNames, Categories: res.categories, StorageVersionHash: storageHash(res.gvk),
	}}
	for _, sub := range res.subresources() {
		entry := metav1.APIResource{Name: res.gvr.Resource + "/" + sub.name, Namespaced: res.namespaced, Kind: sub.gvk.Kind, Verbs: sub.verbs}
		if sub.gvk.GroupVersion() != res.gvk.GroupVersion() {
			entry.Group, entry.Version = sub.gvk.Group, sub.gvk.Version
		}
		out = append(out, entry)
	}
	return out
}

// storageHash is k8s.io/apiserver/pkg/endpoints/discovery.StorageVersionHash: by it a client sees that objects are
// stored in another version than before.
func storageHash(gvk schema.GroupVersionKind) string {
	sum := sha256.Sum256([]byte(gvk.Group + "/" + gvk.Version + "/" + gvk.Kind))
	return base64.StdEncoding.EncodeToString(sum[:8])
}

func wantsAggregated(r *http.Request) bool {
	for _, a := range acceptsOf(r) {
		if a.media == "application/json" && a.params["g"] == apidiscoveryv2.GroupName && a.params["v"] == "v2" && a.params["as"] == "APIGroupDiscoveryList" {
			return true
		}
	}
	return false
}

// serveAggregated answers with all groups and resources at once.
func (s *Server) serveAggregated(out *response, reg *registry, root string) {
	list := apidiscoveryv2.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"},
		Items:    []apidiscoveryv2.APIGroupDiscovery{},
	}
	for _, g := range withVirtualGroups(reg.groups) {
		if (g.name == "") == (root == "api") {
			list.Items = append(list.Items, aggregated(g))
		}
	}
	body, err := json.Marshal(list)
	if err != nil {
		out.fail(err)
		return
	}
	out.w.Header().Add("Vary", "Accept")
	out.bytes(http.StatusOK, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", body)
}

func aggregated(g group) apidiscoveryv2.APIGroupDiscovery {
	out := apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: g.name}}
	for _, v := range g.versions {
		version := apidiscoveryv2.APIVersionDiscovery{Version: v.gv.Version, Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent}
		for _, res := range v.resources {
			version.Resources = append(version.Resources, aggregatedResource(res))
		}
		for _, virtual := range virtualResources() {
			if virtual.gvk.GroupVersion() == v.gv {
				version.Resources = append(version.Resources, virtual.aggregated())
			}
		}
		out.Versions = append(out.Versions, version)
	}
	return out
}

func aggregatedResource(res *resource) apidiscoveryv2.APIResourceDiscovery {
	out := apidiscoveryv2.APIResourceDiscovery{
		Resource: res.gvr.Resource, ResponseKind: responseKind(res.gvk), Scope: apidiscoveryv2.ScopeCluster,
		SingularResource: res.singular, Verbs: res.verbs, ShortNames: res.shortNames, Categories: res.categories,
	}
	if res.namespaced {
		out.Scope = apidiscoveryv2.ScopeNamespace
	}
	for _, sub := range res.subresources() {
		out.Subresources = append(out.Subresources, apidiscoveryv2.APISubresourceDiscovery{Subresource: sub.name, ResponseKind: responseKind(sub.gvk), Verbs: sub.verbs})
	}
	return out
}

func responseKind(gvk schema.GroupVersionKind) *metav1.GroupVersionKind {
	return &metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}
}
