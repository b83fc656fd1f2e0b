package text_test

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/text"
)

func TestASCII(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "✓ done": "v done", "╭─╮": "+-+", "日本": "????", "\x1b[31m●\x1b[m": "\x1b[31m*\x1b[m", "é…": "?.",
	} {
		got := text.ASCII(in)
		if got != want || ansi.StringWidth(got) != ansi.StringWidth(in) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
