// Package wildcard matches texts with the patterns of Kyverno's policies. It agrees with Kyverno's package ext/wildcard, with
// which it is fuzzed side by side, but is not slowed down by hostile patterns.
package wildcard

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Match says whether text matches a pattern in which * stands for any text and ? for one character. It takes time
// in proportion to the lengths of both, whatever the pattern.
func Match(pattern, text string) bool {
	star, resume := -1, 0 // after the last * in the pattern, and where in the text it ends
	p, t := 0, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, resume = p, t
			continue
		}
		if width, size, ok := oneCharacter(pattern[p:], text[t:]); ok {
			p, t = p+width, t+size
			continue
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(text[resume:])
		resume += size
		p, t = star, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// oneCharacter says whether the first character of a pattern, which is no *, matches that of a text, and how many bytes
// each has. Bytes that are no UTF-8 are all the same character.
func oneCharacter(pattern, text string) (width, size int, ok bool) {
	if pattern == "" {
		return 0, 0, false
	}
	wanted, width := utf8.DecodeRuneInString(pattern)
	found, size := utf8.DecodeRuneInString(text)
	return width, size, wanted == '?' || wanted == found
}

// MatchAny says whether text matches any of the patterns.
func MatchAny(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return Match(pattern, text) })
}

// Find returns the first pair of a pattern and a name that match, in the order of the names.
func Find(patterns, names []string) (pattern, name string, ok bool) {
	for _, name := range names {
		for _, pattern := range patterns {
			if Match(pattern, name) {
				return pattern, name, true
			}
		}
	}
	return "", "", false
}

// In says whether a text has a wildcard.
func In(text string) bool { return strings.ContainsAny(text, "*?") }
