package markdown

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
)

// TestProseIsWrapped: an author's line breaks are none, and lists hang below their text. No word and no comma is lost.
func TestProseIsWrapped(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		width  int
		want   []string
	}{
		"paragraph": {"one two\nthree four", 9, []string{"one two", "three", "four"}},
		"list":      {"- alpha beta, gamma\n  delta\n- epsilon", 13, []string{"• alpha beta,", "  gamma delta", "• epsilon"}},
		"numbers":   {"1. alpha beta gamma\n2. delta", 12, []string{"1. alpha", "   beta", "   gamma", "2. delta"}},
		"heading":   {"# Head\ntext", 20, []string{"Head", "", "text"}},
		"narrow":    {"- a b", 3, []string{"• a", "b"}},
	} {
		var got []string
		for _, line := range NewRenderer(style.New(true)).Render(test.source, test.width) {
			got = append(got, strings.TrimRight(ansi.Strip(line), " "))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
