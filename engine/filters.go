package engine

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/wildcard"
)

// ResourceFilters are the resources that admission does not look at: resourceFilters of the ConfigMap "kyverno".
type ResourceFilters []resourceFilter

type resourceFilter struct {
	text            string
	kind            kindSelector
	namespace, name string
}

// filterRE finds the entries of resourceFilters.
var filterRE = regexp.MustCompile(`\[([^\[\]]*)\]`)

// ParseResourceFilters reads a list of filters: "[Kind,namespace,name] [*/*,kube-system,*]". What is not in brackets is
// passed over, as Kyverno does.
func ParseResourceFilters(text string) ResourceFilters {
	var filters ResourceFilters
	for _, match := range filterRE.FindAllStringSubmatch(text, -1) {
		parts := append(strings.Split(match[1], ","), "", "")
		filters = append(filters, resourceFilter{match[0], parseKind(parts[0]), parts[1], parts[2]})
	}
	return filters
}

// Match returns the first filter that takes the request's resource out of admission, as the ConfigMap writes it.
func (f ResourceFilters) Match(req *Request) (filter string, ok bool) {
	resource := req.Resource()
	return f.Find(req.kind(), req.Subresource, resource.GetNamespace(), resource.GetName())
}

// Find returns the first filter that takes a resource out of admission. A filter on a namespace also means the Namespace
// object of that name.
func (f ResourceFilters) Find(kind schema.GroupVersionKind, subresource, namespace, name string) (filter string, ok bool) {
	for _, one := range f {
		k := one.kind
		if !wildcard.Match(k.group, kind.Group) || !wildcard.Match(k.version, kind.Version) ||
			!wildcard.Match(k.kind, kind.Kind) || !wildcard.Match(k.sub, subresource) {
			continue
		}
		if wildcard.Match(one.namespace, namespace) && wildcard.Match(one.name, name) {
			return one.text, true
		}
		if kind.Group == "" && kind.Kind == "Namespace" && wildcard.Match(one.namespace, name) {
			return one.text, true
		}
	}
	return "", false
}
