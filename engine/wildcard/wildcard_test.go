package wildcard_test

import (
	"strings"
	"testing"

	kyverno "github.com/kyverno/kyverno/ext/wildcard"

	"podsec/engine/wildcard"
)

// TestMatch matches texts with patterns, as Kyverno does.
func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"**", "a", true}, {"?", "", false}, {"?", "é", true}, {"??", "é", false},
		{"a*", "a", true}, {"a*b", "ab", true}, {"a*b", "axxb", true}, {"a*b", "axxbc", false}, {"*a*b*", "xaybz", true},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"*?", "a", true}, {"nginx:1.?", "nginx:1.9", true}, {"a", "b", false},
	} {
		if got := wildcard.Match(test.pattern, test.text); got != test.want {
			t.Errorf("%q matches %q: %v", test.text, test.pattern, got)
		}
		if theirs := kyverno.Match(test.pattern, test.text); theirs != test.want {
			t.Errorf("%q matches %q for Kyverno: %v", test.text, test.pattern, theirs)
		}
	}
}

// TestHostile matches patterns for which trying every split would take for ever.
func TestHostile(t *testing.T) {
	pattern, text := strings.Repeat("*a", 1000)+"b", strings.Repeat("a", 100_000)
	if wildcard.Match(pattern, text) {
		t.Error("a text without b matches")
	}
	if !wildcard.Match(pattern, text+"b") {
		t.Error("a text with b does not match")
	}
}

// TestFind finds the first pair that matches.
func TestFind(t *testing.T) {
	pattern, name, ok := wildcard.Find([]string{"x*", "a*", "*"}, []string{"b", "a"})
	if pattern != "*" || name != "b" || !ok {
		t.Errorf("found %q, %q, %v", pattern, name, ok)
	}
	if _, _, ok := wildcard.Find([]string{"x"}, []string{"y"}); ok || wildcard.MatchAny([]string{"x"}, "y") || !wildcard.In("a?") || wildcard.In("a") {
		t.Error("found what is not there")
	}
}

// FuzzMatch compares wildcards with Kyverno's own code.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"a*b?c", "axxbyc"}, {"**", ""}, {"?", "é"}, {"*é*", "xéx"}, {"", ""}, {"*?", "a"}, {"a*a*a", "aaaa"}, {"?", "\xff"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if strings.Count(pattern, "*") > 3 || len(text) > 100 {
			return
		}
		if got, want := wildcard.Match(pattern, text), kyverno.Match(pattern, text); got != want {
			t.Errorf("%q matches %q: %v, want %v", text, pattern, got, want)
		}
	})
}
