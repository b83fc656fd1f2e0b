package policies

import (
	"fmt"
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/page"
)

// drawPanel shows what could be different, and what it would do.
func (m *Model) drawPanel(height int) []string {
	st, p := m.styles, &m.panel
	if p.knobs == nil {
		return page.Says(m.width, height, st, "Reading "+text.Line(m.subject.name)+text.Ellipsis)
	}
	out := m.knobs()
	rest := max(0, height-len(out))
	switch {
	case !p.asked:
		return append(out, page.Says(m.width, rest, st, "", "← and → change the value. What is in the cluster is then judged as it is and as it would be. Nothing is written.")...)
	case p.impact == nil:
		return append(out, page.Says(m.width, rest, st, "Judging before and after"+text.Ellipsis)...)
	case len(p.impact.Changed) == 0:
		return append(out, page.Says(m.width, rest, st, "Nothing would change",
			fmt.Sprintf("%s judged, and all of them with the verdict that they have now.", text.Plural(p.impact.Judged, "object was", "objects were")), m.leftOut())...)
	}
	out = append(out, bar.Head(m.outcome(), "", false, m.width, st))
	return append(out, p.table.Render(false, m.toneOfDifference, st)...)
}

// leftOut says what was not judged by itself.
func (m *Model) leftOut() string {
	if m.panel.impact.Owned == 0 {
		return ""
	}
	return text.Plural(m.panel.impact.Owned, "object that these made goes", "objects that these made go") + " with them."
}

// outcome counts what would change.
func (m *Model) outcome() string {
	worse := 0
	for _, d := range m.panel.impact.Changed {
		if d.After.Verdict.Worse(d.Before.Verdict) {
			worse++
		}
	}
	out := fmt.Sprintf("%d of %d would change: %d for the worse", len(m.panel.impact.Changed), m.panel.impact.Judged, worse)
	if m.panel.impact.Away {
		out += ", while Kyverno does not answer"
	}
	if more := "; " + strings.TrimSuffix(m.leftOut(), "."); m.panel.impact.Owned > 0 && text.Width(out+more) < m.width {
		out += more
	}
	return out
}

// knobs are the lines with what could be different, and a sentence about the one under the cursor.
func (m *Model) knobs() []string {
	st := m.styles
	var out []string
	for i, k := range m.panel.knobs {
		cursor, tone := "  ", st.Muted
		if i == m.panel.cursor {
			cursor, tone = st.Key.Render(style.Cursor)+" ", st.Strong
		}
		value := tone.Render(text.Line(k.values[k.at]))
		if i == m.panel.cursor {
			value = st.Key.Render("‹ ") + value + st.Key.Render(" ›")
		}
		if k.at != k.now {
			value += st.Warn.Render("  " + style.Changed + " is " + text.Line(k.values[k.now]))
		}
		out = append(out, text.Fit(cursor+tone.Render(text.Fit(k.name, 16))+value, m.width))
	}
	if p := &m.panel; p.cursor < len(p.knobs) {
		out = append(out, text.Fit("  "+st.Faint.Render(text.Cut(p.knobs[p.cursor].says, max(0, m.width-3))), m.width))
	}
	return out
}

func (m *Model) toneOfDifference(row, column int) style.Paint {
	d := m.panel.impact.Changed[row]
	switch column {
	case 0:
		return m.styles.Text
	case 1:
		return toneOf(d.Before.Verdict, m.styles)
	case 2:
		return toneOf(d.After.Verdict, m.styles).Bold()
	}
	return m.styles.Muted
}
