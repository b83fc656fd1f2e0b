package engine

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/engine/wildcard"
)

// withoutWildcards returns a selector whose matchLabels have the labels that they match in place of wildcards; where none
// matches, the wildcards become zeros, as in Kyverno.
func withoutWildcards(selector *metav1.LabelSelector, have map[string]string) *metav1.LabelSelector {
	if !slices.ContainsFunc(slices.Collect(maps.Keys(selector.MatchLabels)), func(key string) bool {
		return wildcard.In(key) || wildcard.In(selector.MatchLabels[key])
	}) {
		return selector
	}
	out := &metav1.LabelSelector{MatchLabels: map[string]string{}, MatchExpressions: selector.MatchExpressions}
	for key, value := range selector.MatchLabels {
		if wildcard.In(key) || wildcard.In(value) {
			key, value = matchingLabel(key, value, have)
		}
		out.MatchLabels[key] = value
	}
	return out
}

func matchingLabel(key, value string, have map[string]string) (string, string) {
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if wildcard.Match(key, name) && wildcard.Match(value, have[name]) {
			return name, have[name]
		}
	}
	zeros := strings.NewReplacer("*", "0", "?", "0")
	return zeros.Replace(key), zeros.Replace(value)
}
