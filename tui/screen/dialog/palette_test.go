package dialog_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
	"podsec/tui/style"
)

// TestTheCursorStandsOnWholeLetters, also on those of more than one byte.
func TestTheCursorStandsOnWholeLetters(t *testing.T) {
	p := dialog.NewPalette([]screen.Item{{Text: "One", Then: screen.Quit{}}})
	p.Paste("né日")
	for range 4 {
		got := p.Render(60, 20, style.New(true))
		if !utf8.ValidString(got) || !strings.Contains(ansi.Strip(got), "> né日") {
			t.Errorf("half a letter is drawn\n%s", ansi.Strip(got))
		}
		p.Key(tea.KeyPressMsg{Code: tea.KeyLeft})
	}
}

// TestTheCursorStaysInSight: what is typed may be longer than the dialog is wide, and the cursor anywhere in it.
func TestTheCursorStaysInSight(t *testing.T) {
	const typed = "arn:aws:eks:eu-central-1:111122223333:cluster/a-name-that-is-long"
	palette := dialog.NewPalette(nil)
	consent := dialog.NewConsent(screen.Consent{Questions: []screen.Question{{Ask: "Type its name"}}})
	for name, d := range map[string]interface {
		dialog.Dialog
		Paste(string)
	}{"palette": palette, "consent": consent} {
		d.Paste(typed)
		for key, want := range map[rune]string{tea.KeyEnd: "is-long ", tea.KeyHome: "> arn:aws"} {
			d.Key(tea.KeyPressMsg{Code: key})
			got := ansi.Strip(d.Render(50, 20, style.New(true)))
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is out of sight\n%s", name, want, got)
			}
			for line := range strings.Lines(got) {
				if n := ansi.StringWidth(strings.TrimSpace(line)); n > 50 {
					t.Errorf("%s: a line of %d cells\n%s", name, n, got)
				}
			}
		}
	}
}
