package kyverno

import (
	"k8s.io/apiserver/pkg/cel/openapi/resolver"

	"podsec/engine/cel"
	"podsec/engine/policycheck"
)

// servedTypes are the schemas of the kinds that are served.
type servedTypes struct {
	resolver.SchemaResolver
	discovery *discovery
}

var _ policycheck.Types = servedTypes{}

// Kinds implements policycheck.Types.
func (t servedTypes) Kinds(selector string) []cel.Kind {
	var kinds []cel.Kind
	for _, r := range t.discovery.find(parseKind(selector)) {
		if r.subresource == "" {
			kinds = append(kinds, cel.Kind{Kind: r.gvk(), Resource: r.gvr})
		}
	}
	return kinds
}
