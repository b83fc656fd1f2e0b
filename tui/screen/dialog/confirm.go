package dialog

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Confirm asks before something is done.
type Confirm struct{ ask screen.Ask }

// NewConfirm returns the question.
func NewConfirm(ask screen.Ask) *Confirm { return &Confirm{ask: ask} }

// Key implements Dialog.
func (c *Confirm) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	switch {
	case key.Matches(k, keys().yes):
		return true, c.ask.Then
	case c.ask.No != "" && k.String() == "o":
		return true, c.ask.Else
	case key.Matches(k, keys().no):
		return true, nil
	}
	return false, nil
}

// roomFor is the width that a text is set in: wider than prose is read best when a field's path would be torn apart.
func roomFor(body string) int {
	const prose, paths = 56, 72
	for _, word := range strings.Fields(body) {
		if text.Width(word) > prose-4 {
			return paths
		}
	}
	return prose
}

// Render implements Dialog.
func (c *Confirm) Render(width, height int, st style.Styles) string {
	room := min(width-margin, roomFor(c.ask.Text))
	lines := text.Wrap(c.ask.Text, room)
	lines = lines[:max(0, min(len(lines), height-frameLines))]
	pairs := []string{"enter", c.ask.Yes, "esc", "no"}
	if c.ask.No != "" {
		pairs = []string{"enter", c.ask.Yes, "o", c.ask.No, "esc", "back"}
	}
	return frame(c.ask.Title, lines, answers(st, pairs...), width, st)
}
