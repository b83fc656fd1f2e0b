package present

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"podsec/labs"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
)

// tall is the height from which there is an empty line around the head and the foot.
const tall = 20

// margin is the empty columns on both sides.
func (m *Model) margin() int {
	switch {
	case m.width >= 100:
		return 6
	case m.width >= 70:
		return 4
	}
	return 2
}

// bodyWidth is the width that a frame may take; the scroll bar stands in the margin.
func (m *Model) bodyWidth() int { return max(1, m.width-2*m.margin()) }

// edge is the lines above the head and below the foot, and gap those between them and the frame: a frame that is too long
// for that takes them too.
func (m *Model) edge() int {
	if m.height >= tall && !m.tight {
		return 1
	}
	return 0
}

func (m *Model) gap() int {
	if m.tight {
		return 0
	}
	return 1
}

// bodyHeight is the height of a frame: two lines of head and one of foot stand around it.
func (m *Model) bodyHeight() int { return max(1, m.height-3-2*m.gap()-2*m.edge()) }

// View implements screen.Component.
func (m *Model) View() []string {
	m.sync()
	if m.black {
		return m.blackout()
	}
	body := m.body()
	lines := append(make([]string, m.edge()), m.head(), m.progress())
	lines = append(append(lines, make([]string, m.gap())...), body...)
	lines = append(append(lines, make([]string, m.gap())...), m.foot())
	return text.Lines(lines, m.width, m.height)
}

// blackout is a screen on which nothing is to be seen.
func (m *Model) blackout() []string {
	dark := lipgloss.NewStyle().Background(lipgloss.Color("#000000"))
	if m.styles.Palette == (style.Palette{}) { // a look without colours
		dark = lipgloss.NewStyle()
	}
	return slices.Repeat([]string{dark.Render(text.Spaces(m.width))}, m.height)
}

// head names the step, and says how the time is.
func (m *Model) head() string {
	s, pad := m.stepNow(), text.Spaces(m.margin())
	name := s.Title
	if k := m.frame().kind; k == title || k == end || m.frame().intro {
		name = m.bench.Lab().Title
	}
	left := pad + m.styles.HeadFocus.Render(text.Line(name))
	if k := m.frame().kind; k == file || k == solution {
		left += m.styles.Faint.Render("   " + text.Line(s.File))
	}
	right := m.timer()
	if m.width >= 70 {
		right = m.schedule() + right
	}
	if s.Edition != "" {
		right = m.styles.Second.Render(text.Line(s.Edition)+" edition  ") + right
	}
	return text.Ends(left, right+pad, m.width)
}

// progress shows how far the lab is.
func (m *Model) progress() string {
	pad := text.Spaces(m.margin())
	count := fmt.Sprintf(" %d/%d", m.step+1, len(m.bench.Lab().Steps))
	done := m.step
	if m.frame().kind == end {
		done++
	}
	return pad + bar.Progress(done, len(m.bench.Lab().Steps), m.bodyWidth()-len(count), m.styles) + m.styles.Faint.Render(count)
}

// body is the frame in the middle.
func (m *Model) body() []string {
	if m.bench.Editing() {
		m.tight = true
		lines := m.bench.EditorLines(m.bodyWidth(), m.bodyHeight())
		for i := range lines {
			lines[i] = text.Spaces(m.margin()) + lines[i]
		}
		return lines
	}
	m.refresh()
	return m.pane.Render(m.styles.Line)
}

// refresh puts the frame into the pane.
func (m *Model) refresh() {
	m.tight = false
	lines := m.content(m.bodyWidth(), m.bodyHeight())
	m.tight = len(lines) > m.bodyHeight()
	m.pane.SetSize(m.width, m.bodyHeight())
	m.pane.SetLines(m.placed(lines))
	if m.running {
		m.pane.End()
	}
}

// placed sets lines into the middle: prose and what is narrower than it start in one column, so that the eye finds the
// beginning where it was before.
func (m *Model) placed(lines []string) []string {
	wide := min(widest, m.bodyWidth())
	for _, l := range lines {
		wide = max(wide, text.Width(l))
	}
	const paneMargin = 1 // the pane leaves a column free
	left := text.Spaces(max(0, (m.width-wide)/2-paneMargin))
	out := make([]string, 0, len(lines))
	if room := m.bodyHeight() - len(lines); room > 1 {
		out = append(out, make([]string, room*2/5)...)
	}
	for _, l := range lines {
		out = append(out, left+l)
	}
	return out
}

// foot shows where in the step the frame is, and what may be done with it.
func (m *Model) foot() string {
	pad := text.Spaces(m.margin())
	left := pad + m.dots()
	if n := m.pane.Below(); n > 0 && !m.bench.Editing() {
		left += m.styles.Faint.Render(fmt.Sprintf("   %d more ↓", n))
	}
	return text.Ends(left, m.hint()+pad, m.width)
}

// dots are the frames of the step.
func (m *Model) dots() string {
	var b strings.Builder
	for i := range m.frames {
		if i == m.at {
			b.WriteString(m.styles.Accent.Render(style.Here) + " ")
		} else {
			b.WriteString(m.styles.Faint.Render("·") + " ")
		}
	}
	return b.String()
}

// hint says what runs, what went wrong, or which keys the frame has.
func (m *Model) hint() string {
	phase, _, _ := m.bench.Phase()
	switch {
	case m.bench.Editing():
		status := m.bench.EditorStatus()
		if m.width < 70 {
			return status
		}
		return status + m.press("  ctrl+r", "runs it") + m.press("  esc", "closes it")
	case phase == lab.Broken:
		return m.press("enter", "tries again")
	case m.bench.Busy():
		return m.bench.Activity()
	}
	return m.offer()
}

func (m *Model) press(key, what string) string {
	return m.styles.Key.Render(key) + m.styles.Faint.Render(" "+what)
}

// offer is the keys of the frame.
func (m *Model) offer() string {
	entry, ran := m.printed()
	switch m.frame().kind {
	case title:
		return m.press("space", "goes on") + m.press("   ?", "keys")
	case ask:
		return m.press("1–"+fmt.Sprint(len(m.stepNow().Question.Choices)), "what does the room say?")
	case file:
		if m.stepNow().Kind == labs.Edit {
			return m.press("e", "change it")
		}
	case command:
		switch {
		case m.shown():
			return m.press("enter", "runs it again")
		case m.typed.whole:
			return m.press("enter", "runs it")
		case m.typed.auto || m.typed.hand:
			return ""
		}
		return m.press("space", "or any letter types it")
	case output:
		if ran {
			_, note := m.bench.Printed(entry, m.bodyWidth())
			return m.styles.Faint.Render(text.Line(note))
		}
	case end:
		if m.opts.NextTitle != "" {
			return m.press("enter", "opens it") + m.press("   q", "leaves")
		}
		return m.press("q", "leaves")
	}
	return ""
}
