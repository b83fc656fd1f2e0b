package policycheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine/wildcard"
)

// checkOverrides refuses failure actions that contradict each other for a namespace. A Policy has only one namespace.
func (c *checker) checkOverrides() error {
	if c.policy.namespaced() {
		return nil
	}
	path := field.NewPath("spec")
	for i, r := range c.policy.Spec.Rules {
		if !r.hasValidate() {
			continue
		}
		at := path.Child("rules").Index(i).Child("validate", "validationFailureActionOverrides")
		if err := checkNamespaces(r.Validate.FailureActionOverrides, at); err != nil {
			return err
		}
	}
	return checkNamespaces(c.policy.Spec.ValidationFailureActionOverrides, path.Child("validationFailureActionOverrides"))
}

// namespaces are those that have one action, by name and by pattern.
type namespaces struct {
	names, patterns map[string]bool
}

func checkNamespaces(overrides []override, path *field.Path) error {
	audit := namespaces{map[string]bool{}, map[string]bool{}}
	enforce := namespaces{map[string]bool{}, map[string]bool{}}
	for i, o := range overrides {
		at := path.Index(i).Child("namespaces")
		mine, other := audit, enforce
		switch o.Action {
		case "Audit", "audit":
		case "Enforce", "enforce":
			mine, other = enforce, audit
		default:
			return errors.New("invalid action")
		}
		patterns, names := separate(o.Namespaces)
		if both := other.intersection(names); len(both) > 0 {
			return fmt.Errorf("conflicting namespaces found in path: %s: %s", at, strings.Join(both, ", "))
		}
		mine.add(names, patterns)
		if err := checkPatterns(audit, enforce); err != nil {
			return fmt.Errorf("path: %s: %w", at, err)
		}
	}
	return nil
}

func (n namespaces) add(names, patterns []string) {
	for _, name := range names {
		n.names[name] = true
	}
	for _, pattern := range patterns {
		n.patterns[pattern] = true
	}
}

// intersection returns those names that n has too, sorted, each once.
func (n namespaces) intersection(names []string) []string {
	var both []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		if n.names[name] {
			both = append(both, name)
		}
	}
	return slices.Compact(both)
}

// checkPatterns refuses a pattern of one action that matches a name or a pattern of the other.
func checkPatterns(audit, enforce namespaces) error {
	sorted := func(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
	for _, pair := range []struct{ patterns, names map[string]bool }{
		{audit.patterns, enforce.names}, {enforce.patterns, audit.names},
	} {
		if pattern, name, ok := wildcard.Find(sorted(pair.patterns), sorted(pair.names)); ok {
			return fmt.Errorf("wildcard pattern '%s' matches with namespace '%s'", pattern, name)
		}
	}
	for _, pair := range []struct{ patterns, others map[string]bool }{
		{audit.patterns, enforce.patterns}, {enforce.patterns, audit.patterns},
	} {
		if pattern, other, ok := wildcard.Find(sorted(pair.patterns), sorted(pair.others)); ok {
			return fmt.Errorf("wildcard pattern '%s' conflicts with the pattern '%s'", pattern, other)
		}
	}
	return nil
}

// separate tells names with wildcards from others.
func separate(all []string) (patterns, names []string) {
	for _, name := range all {
		if wildcard.In(name) {
			patterns = append(patterns, name)
		} else {
			names = append(names, name)
		}
	}
	return patterns, names
}
