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
	content := strings.Join(m.content(), "\n")
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

// content is the lines of the frame: those of the screen, with what stands over it and before it.
func (m *Model) content() []string {
	switch {
	case m.width <= 0 || m.height <= 0:
		return nil // the size is not known yet
	case m.tooSmall():
		return m.needs()
	}
	lines := m.current().View()
	if m.barLines() > 0 {
		lines = append([]string{m.topBar()}, lines...)
	}
	if n := len(lines); m.toast != "" && n > 0 {
		lines[n-1] = text.Fit(" "+m.styles.Accent.Render(text.Line(m.toast)), m.width)
	}
	if n := len(m.dialogs); n > 0 {
		m.over(lines, m.dialogs[n-1].Render(m.width-2, m.height-2, m.styles))
	}
	return lines
}

// needs says what the screens need and what there is.
func (m *Model) needs() []string {
	lines := []string{
		"podsec needs a larger terminal.",
		fmt.Sprintf("It needs %d×%d, this is %d×%d.", minWidth, minHeight, m.width, m.height),
		"q quits.",
	}
	var out []string
	for _, l := range lines {
		out = append(out, text.Wrap(l, m.width)...)
	}
	return text.Lines(out, m.width, m.height)
}

// over sets a box in the middle of the lines.
func (m *Model) over(lines []string, box string) {
	front := strings.Split(box, "\n")
	left := max(0, (m.width-text.Width(front[0]))/2)
	top := max(0, (m.height-len(front))/2)
	for i, line := range front {
		if at := top + i; at < len(lines) {
			lines[at] = text.Fit(text.Over(lines[at], line, left), m.width)
		}
	}
}
