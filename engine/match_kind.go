package engine

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/wildcard"
)

// versionRE tells a version from a group or a kind in match.resources.kinds.
var versionRE = regexp.MustCompile(`^(v\d((alpha|beta)\d)?|\*)$`)

// kindSelector is one entry of match.resources.kinds; each part may hold wildcards.
type kindSelector struct {
	group, version, kind, sub string
}

// parseKind reads an entry of match.resources.kinds: kind, version/kind, group/version/kind, each also with a
// subresource after a slash or a dot (Kyverno's ParseKindSelector).
func parseKind(s string) kindSelector {
	parts := strings.Split(s, "/")
	last := len(parts) - 1
	parts = append(parts[:last], strings.Split(parts[last], ".")...)
	switch len(parts) {
	case 1:
		return kindSelector{"*", "*", parts[0], ""}
	case 2:
		return parseKindPair(parts[0], parts[1])
	case 3:
		if versionRE.MatchString(parts[0]) {
			return kindSelector{"*", parts[0], parts[1], parts[2]}
		}
		return kindSelector{parts[0], parts[1], parts[2], ""}
	case 4:
		return kindSelector{parts[0], parts[1], parts[2], parts[3]}
	}
	return kindSelector{}
}

func parseKindPair(first, second string) kindSelector {
	switch {
	case first == "*" && second == "*":
		return kindSelector{"*", "*", "*", "*"}
	case first == "*" && strings.ToLower(second) == second: // */subresource
		return kindSelector{"*", "*", first, second}
	case versionRE.MatchString(first):
		return kindSelector{"*", first, second, ""}
	default:
		return kindSelector{"*", "*", first, second}
	}
}

// String writes the selector with all its parts.
func (k kindSelector) String() string {
	return strings.Join([]string{k.group, k.version, k.kind, k.sub}, "/")
}

// match says whether a kind and subresource are meant. A selector for v1 Pod also takes pods/ephemeralcontainers, so
// that a policy sees the containers that are added later.
func (k kindSelector) match(gvk schema.GroupVersionKind, subresource string) bool {
	if !wildcard.Match(k.kind, gvk.Kind) || !wildcard.Match(k.group, gvk.Group) || !wildcard.Match(k.version, gvk.Version) {
		return false
	}
	if wildcard.Match(k.sub, subresource) {
		return true
	}
	return subresource == "ephemeralcontainers" && gvk == schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
}

// containsKind says whether a list of kinds names a kind, with whatever group, version and subresource.
func containsKind(kinds []string, kind string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return kindName(k) == kind })
}

// kindName returns the kind in an entry of match.resources.kinds the way autogen reads it (Kyverno's GetKindFromGVK):
// unlike parseKind it takes a pair that does not start with a version as kind and subresource.
func kindName(s string) string {
	parts := strings.Split(s, "/")
	name := ""
	switch {
	case len(parts) == 1:
		name = strings.Replace(s, ".", "/", 1)
	case len(parts) == 2 && versionRE.MatchString(parts[0]) && s != "*/*":
		name = strings.Replace(parts[1], ".", "/", 1)
	case len(parts) == 2:
		name = s
	case len(parts) == 3 && versionRE.MatchString(parts[0]):
		name = parts[1] + "/" + parts[2]
	case len(parts) == 3:
		name = strings.Replace(parts[2], ".", "/", 1)
	case len(parts) == 4:
		name = parts[2] + "/" + parts[3]
	}
	if kind, _, ok := strings.Cut(name, "/"); ok && strings.Count(name, "/") == 1 {
		return kind
	}
	return name
}

// kinds returns all kinds of a match or exclude, in the order in which Kyverno collects them.
func (m *matchBlock) kinds() []string {
	kinds := slices.Clone(m.Resources.Kinds)
	for _, filters := range [][]filter{m.All, m.Any} {
		for _, f := range filters {
			kinds = append(kinds, f.Resources.Kinds...)
		}
	}
	return kinds
}

// filters returns the conditions of a match or exclude in all its forms.
func (m *matchBlock) filters() []filter {
	return slices.Concat([]filter{m.filter}, m.Any, m.All)
}
