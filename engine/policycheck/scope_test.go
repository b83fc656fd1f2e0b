package policycheck

import (
	"strings"
	"testing"
	"time"
)

// FuzzSubstitute asserts that looking at the variables of any text comes to an end, and that a name that no scope has is
// never overlooked.
func FuzzSubstitute(f *testing.F) {
	for _, seed := range []string{"{{a}}", "x{{ a.{{b}} }}", `\{{a}}`, "{{-a}}{{", "{{{a}}}", "{{}}", "}}{{ @ }}", "{{a}}{{a}}", "é{{a}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newScope(&rule{}, true, false)
		done := make(chan error, 1)
		go func() { done <- s.substitute(text, "/p") }()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("%q does not end", text)
		}
		if strings.ContainsAny(text, `{}\`) {
			return
		}
		if err := s.substitute(text+"{{zz}}", "/p"); err == nil {
			t.Errorf("%q: undefined variable is accepted", text)
		}
	})
}
