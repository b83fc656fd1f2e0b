package kyverno

import (
	"regexp"
	"strings"
)

// versionPattern tells a version ("v1", "v2beta1", "*") from a group or kind in a kind selector.
var versionPattern = regexp.MustCompile(`^(v\d((alpha|beta)\d)?|\*)$`)

// kindSelector is one entry of match.resources.kinds. Each part may be a wildcard pattern;
// subresource is empty for the resource itself.
type kindSelector struct {
	group, version, kind, subresource string
}

// parseKind reads "Kind", "version/Kind", "group/version/Kind", each with "/subresource" or ".subresource" after it, as
// Kyverno does: what is not named is "*", except for the subresource.
func parseKind(text string) kindSelector {
	parts := strings.Split(text, "/")
	last := len(parts) - 1
	parts = append(parts[:last], strings.Split(parts[last], ".")...)
	switch len(parts) {
	case 1:
		return kindSelector{"*", "*", parts[0], ""}
	case 2:
		return parseTwo(parts[0], parts[1])
	case 3:
		if versionPattern.MatchString(parts[0]) {
			return kindSelector{"*", parts[0], parts[1], parts[2]}
		}
		return kindSelector{parts[0], parts[1], parts[2], ""}
	case 4:
		return kindSelector{parts[0], parts[1], parts[2], parts[3]}
	}
	return kindSelector{}
}

// parseTwo decides whether the pair is version/Kind or Kind/subresource.
func parseTwo(first, second string) kindSelector {
	lower := strings.ToLower(second) == second
	switch {
	case first == "*" && (second == "*" || lower):
		return kindSelector{"*", "*", "*", second}
	case versionPattern.MatchString(first):
		return kindSelector{"*", first, second, ""}
	}
	return kindSelector{"*", "*", first, second}
}
