package test

import (
	"fmt"
	"slices"
	"strings"

	"podsec/engine/cli/manifest"
	"podsec/engine/wildcard"
)

// selector chooses results by policy, rule and resource (--test-case-selector); values may hold wildcards.
type selector []selection

type selection struct{ key, value string }

// parseSelector reads "policy=a, rule=b, resource=c".
func parseSelector(text string) (selector, []error) {
	var chosen selector
	var errs []error
	if text == "" {
		return nil, nil
	}
	for _, part := range strings.Split(text, ",") {
		pair := strings.Split(part, "=")
		if len(pair) != 2 {
			errs = append(errs, fmt.Errorf("Invalid test-case-selector argument (%s). Parameter must be in the form `<key>=<value>`.", part)) //nolint:revive,staticcheck // the real one's words
			continue
		}
		s := selection{strings.TrimSpace(pair[0]), strings.TrimSpace(pair[1])}
		if !slices.Contains([]string{"policy", "rule", "resource"}, s.key) {
			errs = append(errs, fmt.Errorf("Invalid test-case-selector (%s). Parameter can only be policy, rule or resource.", part)) //nolint:revive,staticcheck // the real one's words
			continue
		}
		chosen = append(chosen, s)
	}
	return chosen, errs
}

// matches says whether a result is chosen.
func (s selector) matches(r *manifest.Result) bool {
	for _, one := range s {
		var ok bool
		switch one.key {
		case "policy":
			ok = r.Policy == "" || wildcard.Match(one.value, r.Policy)
		case "rule":
			ok = r.Rule == "" || wildcard.Match(one.value, r.Rule)
		default:
			ok = len(r.Resources) == 0 || slices.ContainsFunc(r.Resources, func(name string) bool { return wildcard.Match(one.value, name) })
		}
		if !ok {
			return false
		}
	}
	return true
}

// resources returns the resources that are chosen by name, nil for all.
func (s selector) resources() []string {
	var names []string
	for _, one := range s {
		if one.key != "resource" {
			continue
		}
		if one.value == "*" {
			break
		}
		names = append(names, one.value)
	}
	return names
}
