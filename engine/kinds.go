package engine

import "k8s.io/apimachinery/pkg/runtime/schema"

// MatchesKind reports whether an entry of match.resources.kinds ("Pod", "apps/v1/Deployment", "*/*", "Pod/exec") names
// a kind, or a subresource of it ("" for the kind itself).
func MatchesKind(entry string, kind schema.GroupVersionKind, subresource string) bool {
	return parseKind(entry).match(kind, subresource)
}

// ParseKind reads an entry of match.resources.kinds: what is not named is "*", except for the subresource. All are "" for
// an entry of too many parts.
func ParseKind(entry string) (group, version, kind, subresource string) {
	k := parseKind(entry)
	return k.group, k.version, k.kind, k.sub
}
