package objects

import (
	"fmt"
	"slices"
	"strings"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/page"
	"podsec/tui/widget/search"
)

// View implements screen.Component.
func (m *Model) View() []string {
	p := m.page()
	p.Body = m.body(max(0, m.height-p.Lines()))
	return p.Render(m.width, m.height, m.styles)
}

// page is the screen's page without its body.
func (m *Model) page() page.Page {
	p := page.Page{Path: []string{"Cluster"}, Keys: m.short()}
	st := m.styles
	switch m.at {
	case list:
		p.Path = append(p.Path, m.kind.Resource)
		if m.namespace != "" && m.kind.Namespaced {
			p.Path = append(p.Path, m.namespace)
		}
		p.Note = m.found(&m.list.search, len(m.list.shown), len(m.list.rows))
	case object:
		p.Path = append(p.Path, m.view.Kind+" "+m.view.Ref.String())
		p.Note = st.Muted.Render(map[bool]string{false: "YAML", true: "events"}[m.view.events])
	default:
		p.Note = m.found(&m.kinds.search, len(m.kinds.shown), len(m.kinds.all))
	}
	if m.problem != "" {
		p.Status = st.Bad.Render(style.Failed + " " + m.problem)
	}
	return p
}

// found says how many there are, and what is searched for.
func (m *Model) found(line *search.Line, shown, all int) string {
	st := m.styles
	note := st.Muted.Render(fmt.Sprint(all))
	if m.at == kinds {
		note = st.Muted.Render(text.Plural(all, "kind", "kinds"))
	}
	if line.Active() || line.Typing() {
		note = line.View(st) + st.Muted.Render(fmt.Sprintf("  %d of %d", shown, all))
	}
	if m.at == list && !m.list.whole && all > 0 {
		note += st.Faint.Render(" " + text.Ellipsis)
	}
	return note
}

func (m *Model) body(height int) []string {
	st := m.styles
	switch {
	case m.at == object && m.view.YAML == "":
		return page.Says(m.width, height, st, "Reading "+m.view.Ref.String()+text.Ellipsis)
	case m.at == object:
		return append(m.heading(), m.view.pane.Render(st.Line)...)
	case m.busy && m.part().table.Len() == 0:
		return page.Says(m.width, height, st, "Asking the cluster"+text.Ellipsis)
	case m.at == kinds:
		return m.kinds.table.Render(true, m.toneOfKind, st)
	case len(m.list.shown) == 0:
		return m.nothing(height)
	}
	return m.list.table.Render(true, m.toneOfRow, st)
}

// heading is the line above an object's text.
func (m *Model) heading() []string {
	st := m.styles
	warnings := 0
	for _, e := range m.view.Events {
		if e.Type != "Normal" {
			warnings++
		}
	}
	line := st.Muted.Render(text.Plural(len(m.view.Events), "event", "events"))
	if warnings > 0 {
		line += st.Warn.Render(" " + style.Skipped + " " + text.Plural(warnings, "warning", "warnings"))
	}
	return []string{text.Fit("  "+line, m.width)}
}

// nothing says why a list is empty.
func (m *Model) nothing(height int) []string {
	kind := text.Line(m.kind.Resource)
	switch {
	case m.list.search.Active():
		return page.Says(m.width, height, m.styles, "No "+kind+" found", "Nothing holds all the words of the search. esc clears it.")
	case m.namespace != "" && m.kind.Namespaced:
		return page.Says(m.width, height, m.styles, "No "+kind+" in "+text.Line(m.namespace), "0 shows those of all namespaces, n goes to another one.")
	}
	return page.Says(m.width, height, m.styles, "No "+kind, "The list is live: what is made from now on appears here.")
}

func (m *Model) toneOfKind(row, column int) style.Paint {
	k := m.kinds.all[m.kinds.shown[row]]
	switch {
	case k.Count == 0 && column < 2:
		return m.styles.Faint
	case column == 0:
		return m.styles.Strong
	case column == 1:
		return m.styles.Text
	}
	return m.styles.Muted
}

// good are words of kubectl that mean that all is well.
var good = []string{"Running", "Completed", "Active", "Bound", "Complete", "Normal", "Available", "Ready", "True", "true"}

// toneOfRow colours what kubectl says of an object's health.
func (m *Model) toneOfRow(row, column int) style.Paint {
	st := m.styles
	switch title := m.list.title(column); title {
	case "Name":
		return st.Text
	case "Status", "Type", "Ready", "READY":
		cell := m.list.Cell(row, column)
		ready, desired, figures := strings.Cut(cell, "/")
		switch {
		case slices.Contains(good, cell), figures && ready == desired:
			return st.Good
		case cell == "":
			return st.Muted
		}
		return st.Warn
	case "Fail", "FAIL", "Error", "ERROR":
		if cell := m.list.Cell(row, column); cell != "0" && cell != "" {
			return st.Bad
		}
	}
	return st.Muted
}

// SetCluster implements screen.Informed: what is shown of a cluster that does not answer is old.
func (m *Model) SetCluster(c screen.Cluster) {
	switch c.Phase {
	case screen.Unreachable, screen.Lost:
		m.problem = text.Line(c.Problem)
	default:
		m.problem = ""
	}
}
