package reports

import (
	"fmt"
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/page"
	"podsec/tui/widget/scroll"
)

// wide is the width from which the blocked requests stand beside the groups.
const wide = 110

// View implements screen.Component.
func (m *Model) View() []string {
	p := m.page()
	head := m.head()
	p.Body = append(head, m.body(max(0, m.height-p.Lines()-len(head)))...)
	return p.Render(m.width, m.height, m.styles)
}

func (m *Model) page() page.Page {
	p := page.Page{Path: []string{"Reports"}, Keys: m.short()}
	switch m.at {
	case groups:
		p.Path = append(p.Path, "by "+m.by.String())
	case lines:
		p.Path = append(p.Path, m.scope())
		p.Note = m.styles.Muted.Render(fmt.Sprint(len(m.lines.shown)))
		if m.search.Active() || m.search.Typing() {
			p.Note = m.search.View(m.styles) + m.styles.Muted.Render(fmt.Sprintf("  %d found", len(m.lines.shown)))
		}
	case detail:
		p.Path = append(p.Path, m.scope(), m.lines.open.object)
	case blocked, refusal:
		p.Path = append(p.Path, "blocked requests")
		p.Note = m.styles.Muted.Render(fmt.Sprint(len(m.events.all)))
	}
	return p
}

func (m *Model) scope() string {
	if m.lines.whole {
		return "all lines"
	}
	return m.by.String() + " " + m.lines.group
}

// head is the lines over a list or a text.
func (m *Model) head() []string {
	out := []string{m.summary()}
	if line := m.scanning(); line != "" && (m.at == groups || m.at == lines) {
		out = append(out, line)
	}
	return out
}

// top is the number of lines over a table, the title among them.
func (m *Model) top() int { return 1 + len(m.head()) }

// summary counts all results, and shows how failures went.
func (m *Model) summary() string {
	c, st := m.index.counts, m.styles
	parts := []string{st.Bad.Render(fmt.Sprintf("%s %d fail", style.Failed, c.fail))}
	for _, n := range []struct {
		n    int
		name string
	}{{c.err, "error"}, {c.warn, "warn"}} {
		if n.n > 0 {
			parts = append(parts, st.Warn.Render(fmt.Sprintf("%s %d %s", style.Skipped, n.n, n.name)))
		}
	}
	parts = append(parts, st.Good.Render(fmt.Sprintf("%s %d pass", style.Done, c.pass)))
	if c.skip > 0 {
		parts = append(parts, st.Muted.Render(fmt.Sprintf("%d skip", c.skip)))
	}
	right := ""
	if t := m.trend.String(); t != "" {
		right = st.Muted.Render("failures ") + st.Bad.Render(t) + " "
	}
	return text.Ends("  "+strings.Join(parts, "  "), right, m.width)
}

// columns are the widths of the groups and of the blocked requests beside them: there may be no room for these.
func (m *Model) columns() (left, right int) {
	if m.width < wide || m.at != groups || len(m.index.lines) == 0 {
		return m.width, 0
	}
	left = m.width * 55 / 100
	return left, m.width - left - 1
}

// arrange hands sizes down and makes the texts anew.
func (m *Model) arrange() {
	body := max(0, m.height-m.page().Lines()-len(m.head()))
	left, _ := m.columns()
	m.groups.table.SetSize(left, body)
	m.lines.table.SetSize(m.width, body)
	m.events.table.SetSize(m.width, body)
	m.pane.SetSize(m.width, body)
	switch m.at {
	case detail:
		m.pane.SetLines(m.write(scroll.TextWidth(m.width)))
	case refusal:
		m.pane.SetLines(m.refusal(scroll.TextWidth(m.width)))
	}
}

func (m *Model) body(height int) []string {
	st := m.styles
	switch {
	case m.at == detail || m.at == refusal:
		return m.pane.Render(st.Line)
	case m.at == blocked && len(m.events.all) == 0:
		return page.Says(m.width, height, st, "No request was blocked", "A denied request leaves no object and so no report. Kyverno writes an Event about it, and those are listed here.")
	case m.at == blocked:
		return m.events.table.Render(true, m.toneOfEvent, st)
	case len(m.index.lines) == 0:
		return m.nothing(height)
	case m.at == lines && len(m.lines.shown) == 0:
		return page.Says(m.width, height, st, "Nothing found", "No line holds all the words of the search. esc clears it.")
	case m.at == lines:
		return m.lines.table.Render(true, m.toneOfLine, st)
	}
	list := m.groups.table.Render(true, m.toneOfGroup, st)
	left, right := m.columns()
	if right == 0 {
		return list
	}
	return bar.Columns(st, text.Lines(list, left, height), text.Lines(m.beside(right, height), right, height))
}

// nothing says why there are no reports.
func (m *Model) nothing(height int) []string {
	blocked := ""
	if n := len(m.events.all); n > 0 {
		blocked = text.Plural(n, "request was", "requests were") + " blocked: x lists them."
	}
	st := m.styles
	switch {
	case !m.seen:
		return page.Says(m.width, height, st, "Asking the cluster"+text.Ellipsis)
	case !m.last.Kyverno:
		return page.Says(m.width, height, st, "There are no reports", "Kyverno writes policy reports, and it is not installed in this cluster.")
	case m.states.Pending():
		return page.Says(m.width, height, st, "Reading the reports"+text.Ellipsis)
	}
	when := "Apply a policy and they appear here."
	if len(m.last.Policies) > 0 {
		when = "So far there is none for the policies that are there."
	}
	return page.Says(m.width, height, st, "No reports yet",
		"Kyverno writes a report for each object that a validate rule looks at: at once when the object is admitted, and in its background scan for what was there before the policy. "+when,
		blocked)
}

// beside lists the blocked requests, as many as there is room for.
func (m *Model) beside(width, height int) []string {
	st := m.styles
	out := []string{bar.Head("Blocked requests", st.Muted.Render(fmt.Sprint(len(m.events.all))), false, width, st)}
	if len(m.events.all) == 0 {
		for _, l := range text.Wrap("None. A denied request leaves no object, and so no report: only an Event, which would be listed here.", width-3) {
			out = append(out, "  "+st.Muted.Render(l))
		}
	}
	for i, e := range m.events.all {
		said := text.Wrap(text.Line(e.Message), width-5)
		if len(said) > 2 {
			said = []string{said[0], text.Cut(said[1]+text.Ellipsis, width-5)}
		}
		if len(out)+1+len(said) > height {
			return append(out[:min(len(out), height-1)], st.Faint.Render(fmt.Sprintf("  %d more: x", len(m.events.all)-i)))
		}
		when := m.events.Cell(i, 0) + " ago"
		if e.Count > 1 {
			when = fmt.Sprintf("×%d  %s", e.Count, when)
		}
		out = append(out, text.Ends("  "+st.Strong.Render(m.events.Cell(i, 1)), st.Faint.Render(when)+" ", width))
		for _, l := range said {
			out = append(out, "    "+st.Muted.Render(l))
		}
	}
	return out
}

// refusal is the text of a blocked request.
func (m *Model) refusal(width int) []string {
	e, st := m.events.open, m.styles
	out := []string{st.Bad.Render(style.Failed+" blocked by ") + st.Strong.Render(text.Line(policyOf(e))), ""}
	for l := range strings.Lines(text.Clean(e.Message)) {
		out = append(out, text.Wrap(strings.TrimSuffix(l, "\n"), width)...)
	}
	out = append(out, "")
	for _, l := range text.Wrap("What is refused is not stored, so no report is about it: only this event, which the cluster forgets after an hour. The step of the lab that sent it can tell why.", width) {
		out = append(out, st.Muted.Render(l))
	}
	return out
}

func (m *Model) toneOf(result string) style.Paint {
	switch result {
	case "pass":
		return m.styles.Good
	case "fail", "error":
		return m.styles.Bad
	case "warn":
		return m.styles.Warn
	}
	return m.styles.Muted
}

func (m *Model) toneOfLine(row, column int) style.Paint {
	l := &m.lines.from.lines[m.lines.shown[row]]
	switch m.lines.cells[column] {
	case theResult:
		return m.toneOf(l.Result)
	case thePrediction:
		return m.toneOfPrediction(l)
	case theObject:
		return m.styles.Text
	case theRule:
		return m.styles.Second
	}
	return m.styles.Muted
}

func (m *Model) toneOfGroup(row, column int) style.Paint {
	st := m.styles
	switch {
	case column == 0:
		return st.Text
	case m.groups.Cell(row, column) == "0":
		return st.Faint
	}
	return []style.Paint{st.Bad, st.Bad, st.Warn, st.Good, st.Muted, st.Accent, st.Warn}[column-1]
}

func (m *Model) toneOfEvent(_, column int) style.Paint {
	switch column {
	case 1:
		return m.styles.Strong
	case 3:
		return m.styles.Text
	}
	return m.styles.Muted
}
