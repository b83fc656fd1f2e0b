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
