package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/text"
)

// The smallest terminal that the screens are made for.
const (
	minWidth  = 50
	minHeight = 15
)

// View implements tea.Model.
func (m *Model) View() tea.View {
	content := m.content()
	if m.opts.ASCII {
		content = text.ASCII(content)
	}
	v := tea.NewView(content)
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "podsec"
	if name := m.labName(); name != "" {
		v.WindowTitle = "podsec: " + text.Line(name)
	}
	if m.lab != nil && m.lab.Busy() {
		v.ProgressBar = tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
	}
	return v
}

// tooSmall reports whether the terminal has no room for a screen.
func (m *Model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

func (m *Model) content() string {
	switch {
	case m.width <= 0 || m.height <= 0:
		return "" // the size is not known yet
	case m.tooSmall():
		return m.needs()
	}
	content := m.current().View()
	if m.barLines() > 0 {
		content = m.topBar() + "\n" + content
	}
	if m.toast != "" {
		content = m.toasted(content)
	}
	if n := len(m.dialogs); n > 0 {
		content = m.over(content, m.dialogs[n-1].Render(m.width-2, m.height-2, m.styles))
	}
	return content
}

// needs says what the screens need and what there is.
func (m *Model) needs() string {
	lines := []string{
		"podsec needs a larger terminal.",
		fmt.Sprintf("It needs %d×%d, this is %d×%d.", minWidth, minHeight, m.width, m.height),
		"q quits.",
	}
	var out []string
	for _, l := range lines {
		out = append(out, text.Wrap(l, m.width)...)
	}
	return text.Block(out, m.width, m.height)
}

// toasted sets the message on the last line.
func (m *Model) toasted(content string) string {
	i := strings.LastIndex(content, "\n")
	line := text.Fit(" "+m.styles.Accent.Render(text.Line(m.toast)), m.width)
	return content[:i+1] + line
}

// over sets a box in the middle of the content.
func (m *Model) over(content, box string) string {
	lines, front := strings.Split(content, "\n"), strings.Split(box, "\n")
	left := max(0, (m.width-text.Width(front[0]))/2)
	top := max(0, (m.height-len(front))/2)
	for i, line := range front {
		if at := top + i; at < len(lines) {
			lines[at] = text.Over(lines[at], line, left)
		}
	}
	return text.Block(lines, m.width, m.height)
}
