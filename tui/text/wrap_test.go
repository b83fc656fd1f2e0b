package text_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/tui/text"
)

// TestStylesEndWithTheirLine: what is drawn beside a line keeps its own style.
func TestStylesEndWithTheirLine(t *testing.T) {
	for name, test := range map[string]struct {
		got, want []string
	}{
		"no style":  {text.Wrap("a b", 1), []string{"a", "b"}},
		"bold":      {text.Wrap("x \x1b[1ma b\x1b[m c", 3), []string{"x \x1b[1ma\x1b[m", "\x1b[1mb\x1b[m c"}},
		"two marks": {text.Wrap("\x1b[1m\x1b[3ma\nb\x1b[m", 3), []string{"\x1b[1m\x1b[3ma\x1b[m", "\x1b[1;3mb\x1b[m"}},
		"a link": {text.Wrap("\x1b]8;;https://a-b.c\x07d e\x1b]8;;\x07", 1),
			[]string{"\x1b]8;;https://a-b.c\x07d\x1b]8;;\x07", "\x1b]8;;https://a-b.c\x07e\x1b]8;;\x07"}},
		"pieces":       {text.Pieces("a \x1b[1mb-c\x1b[m", 3), []string{"a \x1b[1mb\x1b[m", "\x1b[1m-c\x1b[m"}},
		"plain pieces": {text.Pieces("abc  d", 3), []string{"abc", "  d"}},
		"no pieces":    {text.Pieces("", 3), []string{""}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
