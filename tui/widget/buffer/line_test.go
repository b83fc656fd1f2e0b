package buffer_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/buffer"
)

// TestTheCursorStaysInSight says that a line which is too long loses its beginning, whatever it is written in.
func TestTheCursorStaysInSight(t *testing.T) {
	cursor := style.New(true).Cursor
	for _, line := range []string{"abcdefghijklmno", "日本語日本語日本語", "a日b本c語d日e本f語", "👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧👩‍🔧"} {
		for width := 3; width <= 14; width++ {
			b := buffer.New(line)
			b.LineEnd()
			got := b.Line(width, style.New(true).Text, cursor)
			if text.Width(got) > width {
				t.Errorf("%q in %d: %q is %d wide", line, width, ansi.Strip(got), text.Width(got))
			}
			if !strings.Contains(got, cursor.Render(" ")) {
				t.Errorf("%q in %d: no cursor in %q", line, width, got)
			}
		}
	}
}
