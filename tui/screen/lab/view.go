package lab

import (
	"fmt"
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/rail"
)

// View implements screen.Component.
func (m *Model) View() []string {
	m.refresh()
	lines := []string{m.title(), m.position()}
	if m.bare {
		lines = lines[1:]
	}
	if m.tabbed() {
		lines = append(lines, m.single()...)
	} else {
		lines = append(lines, m.columns()...)
	}
	lines = append(lines, bar.Keys(m.short(), m.width, m.styles))
	return text.Lines(lines, m.width, m.height)
}

// title is the first line: the lab and the cluster.
func (m *Model) title() string {
	st := m.styles
	left := st.Brand + " "
	if m.width < 70 {
		left = " "
	}
	left += st.Faint.Render(fmt.Sprintf("%d ", m.lab.Number)) + st.Title.Render(text.Line(m.lab.Title))
	return text.Ends(left, m.cluster.Line(st)+" ", m.width)
}

// position is the second line: the step.
func (m *Model) position() string {
	st, s := m.styles, m.step()
	states := make([]rail.State, len(m.lab.Steps))
	for i := range states {
		states[i] = m.State(i)
	}
	line := rail.Render(states, m.pos, max(9, m.width*2/5), st)
	line += st.Muted.Render(fmt.Sprintf(" %d/%d ", m.pos+1, len(m.lab.Steps))) + st.Strong.Render(text.Line(s.Title))
	tag := ""
	switch name := text.Line(m.lab.Title); {
	case s.Edition != "":
		tag = st.Second.Render(edition(s)) + " "
	case m.bare && text.Width(line)+text.Width(name)+4 <= m.width:
		tag = st.Faint.Render(name) + " "
	}
	return text.Ends(line, tag, m.width)
}

// stepAt is the step whose symbol is drawn at a position.
func (m *Model) stepAt(x, y int) (int, bool) {
	if y != m.headLines()-1 {
		return 0, false
	}
	return rail.At(len(m.lab.Steps), m.pos, max(9, m.width*2/5), x)
}

// single shows one part under tabs.
func (m *Model) single() []string {
	out := []string{m.tabs()}
	out = append(out, m.part(m.focus)...)
	return append(out, m.strip(m.width)...)
}

// tabs names the parts; the one that is shown is marked.
func (m *Model) tabs() string {
	st := m.styles
	var b strings.Builder
	for _, t := range m.tabRow() {
		if t.focus == m.focus {
			b.WriteString(st.HeadFocus.Render(style.Focus + t.label))
		} else {
			b.WriteString(" " + st.Head.Render(t.label))
		}
		b.WriteString(" ")
	}
	room := m.width - text.Width(b.String()) - 1
	if room > 0 {
		b.WriteString(st.Line.Render(strings.Repeat("─", room)))
	}
	return text.Fit(b.String(), m.width)
}

// part is the lines of a part of the screen.
func (m *Model) part(f Focus) []string {
	if f == File && m.editing {
		r := m.layout.rects[File]
		return m.editor().Render(r.w, r.h, true, m.styles)
	}
	return m.panes[f].Render(m.styles.Line)
}

type tab struct {
	focus Focus
	label string
	x     int
}

// tabRow is the tabs with the columns where they start.
func (m *Model) tabRow() []tab {
	var out []tab
	x := 0
	for _, f := range m.views() {
		t := tab{focus: f, label: m.label(f), x: x}
		out = append(out, t)
		x += text.Width(t.label) + 2
	}
	return out
}

// label names a part; the cluster's says that something changed, for who does not see it.
func (m *Model) label(f Focus) string {
	switch f {
	case File:
		name := text.Line(m.step().File)
		return text.Cut(name[strings.LastIndex(name, "/")+1:], max(4, m.width-36)) + m.changedMark()
	case Output:
		return "Output"
	case Cluster:
		if m.changes > 0 {
			return fmt.Sprintf("Cluster %s%d", style.Changed, m.changes)
		}
		return "Cluster"
	}
	return "Read"
}

func (m *Model) tabAt(x, y int) (Focus, bool) {
	if !m.tabbed() || y != m.headLines() {
		return 0, false
	}
	for _, t := range m.tabRow() {
		if x >= t.x && x < t.x+text.Width(t.label)+2 {
			return t.focus, true
		}
	}
	return 0, false
}

// columns shows explanation and output beside the cluster.
func (m *Model) columns() []string {
	st, left := m.styles, m.layout.left
	right := m.width - left - 1
	var l []string
	for _, f := range []Focus{Read, Output} {
		l = append(l, bar.Head(m.label(f), m.more(f), m.focus == f, left, st))
		l = append(l, m.part(f)...)
	}
	l = append(l, m.strip(left)...)
	aside := Cluster
	if m.editing {
		aside = File
	}
	r := append([]string{bar.Head(m.label(aside), m.more(aside), m.focus == aside, right, st)}, m.part(aside)...)
	return bar.Columns(st, l, r)
}

// more says how much of a part is below what is shown.
func (m *Model) more(f Focus) string {
	if n := m.panes[f].Below(); n > 0 && (f != File || !m.editing) {
		return m.styles.Faint.Render(fmt.Sprintf("%d more ↓", n))
	}
	return ""
}
