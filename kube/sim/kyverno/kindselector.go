package kyverno

import "podsec/engine"

// kindSelector is one entry of match.resources.kinds. Each part may be a wildcard pattern;
// subresource is empty for the resource itself.
type kindSelector struct {
	group, version, kind, subresource string
}

func parseKind(text string) kindSelector {
	group, version, kind, subresource := engine.ParseKind(text)
	return kindSelector{group, version, kind, subresource}
}
