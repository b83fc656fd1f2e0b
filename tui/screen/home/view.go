package home

import (
	"fmt"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
)

const (
	// wide is the width from which the selected lab's details stand beside the list.
	wide = 100
)

// View implements screen.Component.
func (m *Model) View() []string {
	foot := m.foot()
	lines := m.head()
	body := m.height - len(lines) - len(foot)
	lines = append(lines, m.body(body)...)
	return text.Lines(append(lines, foot...), m.width, m.height)
}

// head is the lines above the list.
func (m *Model) head() []string {
	if m.bare {
		return []string{m.subtitle(), ""}
	}
	return []string{m.top(), m.subtitle(), ""}
}

func (m *Model) top() string {
	return text.Ends(m.styles.Brand, m.cluster.Line(m.styles)+" ", m.width)
}

func (m *Model) subtitle() string {
	return text.Fit(" "+m.styles.Title.Render("Managing pod security on Amazon EKS with Kyverno"), m.width)
}

func (m *Model) body(height int) []string {
	if m.width < wide {
		return m.narrow(height)
	}
	left := m.width * 58 / 100
	right := m.width - left - 3
	detail := text.Lines(indent(m.detail(right, height)), right+2, height)
	return bar.Columns(m.styles, text.Lines(m.list(left, height), left, height), detail)
}

// narrow sets the list over what there is room for of the selected lab's details.
func (m *Model) narrow(height int) []string {
	list := m.list(m.width, height)
	lines := append([]string(nil), list...)
	if room := height - len(list) - 1; room >= 2 && len(m.labs) > 0 {
		lines = append(lines, bar.Rule(m.width, m.styles))
		detail := m.detail(m.width-2, room)
		lines = append(lines, indent(detail[:min(len(detail), room)])...)
	}
	return text.Lines(lines, m.width, height)
}

func indent(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = " " + l
	}
	return out
}

// list shows the labs around the cursor.
func (m *Model) list(width, height int) []string {
	if len(m.labs) == 0 {
		return []string{m.styles.Muted.Render(text.Fit("   no labs found", width))}
	}
	from, to := m.window(height)
	var out []string
	for i := from; i < to; i++ {
		out = append(out, m.row(i, width))
	}
	return out
}

// window is the range of labs that the list has room for.
func (m *Model) window(height int) (from, to int) {
	n := max(1, min(len(m.labs), height))
	from = max(0, min(m.cursor-n/2, len(m.labs)-n))
	return from, from + n
}

func (m *Model) row(i, width int) string {
	lab, p, st := m.labs[i], m.progress[i], m.styles
	total := screen.Required(lab)
	cursor, title := "   ", st.Text
	if i == m.cursor {
		cursor, title = " "+st.Key.Render(style.Cursor)+" ", st.Strong
	}
	mark := " "
	if p.Finished(lab) {
		mark = st.Good.Render(style.Done)
	}
	count := text.FitRight(fmt.Sprintf("%d/%d", p.Done, total), 5)
	right := mark + " " + st.Muted.Render(count)
	if room := width - m.longestTitle(); room >= numbers+barWidth {
		right += "  " + bar.Progress(p.Done, total, barWidth-2, st)
		if room >= numbers+barWidth+minutesWidth {
			right = st.Faint.Render(text.FitRight(minutes(lab), minutesWidth-2)) + "  " + right
		}
	}
	number := st.Faint.Render(text.FitRight(fmt.Sprint(lab.Number), 2))
	left := cursor + number + "  " + title.Render(text.Line(lab.Title))
	line := text.Ends(left, right+" ", width)
	if i == m.cursor {
		return m.styles.Selected.Under(line)
	}
	return line
}

// The widths of a row's parts beside its title. What there is no room for is left out.
const (
	numbers      = 17 // cursor, number and steps
	barWidth     = 10
	minutesWidth = 9
)

func (m *Model) longestTitle() int {
	w := 0
	for _, l := range m.labs {
		w = max(w, text.Width(text.Line(l.Title)))
	}
	return w
}

// detail describes the lab under the cursor.
func (m *Model) detail(width, height int) []string {
	if len(m.labs) == 0 {
		return []string{""}
	}
	lab, p, st := m.labs[m.cursor], m.progress[m.cursor], m.styles
	var out []string
	for _, l := range text.Wrap(text.Line(lab.Title), width) {
		out = append(out, st.Title.Render(l))
	}
	about := text.Plural(screen.Required(lab), "step", "steps")
	if aside := len(lab.Steps) - screen.Required(lab); aside > 0 {
		about += " and " + text.Plural(aside, "side step", "side steps")
	}
	if lab.Minutes > 0 {
		about = minutes(lab) + " · " + about
	}
	switch {
	case p.AtEnd:
		about += " · done; enter opens it from its start"
	case p.Started:
		about += fmt.Sprintf(" · resumes at step %d", p.Current+1)
	}
	for _, l := range text.Wrap(about, width) {
		out = append(out, st.Muted.Render(l))
	}
	if lab.Summary != "" {
		out = append(out, "")
		out = append(out, text.Wrap(text.Line(lab.Summary), width)...)
	}
	return append(out, m.steps(lab, p, width, height-len(out)-1)...)
}

// steps lists the lab's steps, as many as there is room for.
func (m *Model) steps(lab *labs.Lab, p Progress, width, room int) []string {
	if room < 3 {
		return nil
	}
	out := []string{""}
	for i, s := range lab.Steps {
		if i == room-1 && len(lab.Steps) > room {
			rest := text.Plural(len(lab.Steps)-i, "more", "more")
			return append(out, m.styles.Faint.Render(text.Cut("    "+rest, width)))
		}
		mark := "  "
		switch {
		case p.Started && i == p.Current:
			mark = m.styles.Key.Render(style.Cursor) + " "
		case p.Steps[i]:
			mark = m.styles.Good.Render(style.Done) + " "
		}
		line := mark + m.styles.Faint.Render(text.FitRight(fmt.Sprint(i+1), 2)) + " " + m.styles.Muted.Render(text.Line(s.Title))
		out = append(out, text.Cut(line, width))
	}
	return out
}

// foot is the lines below the list: a notice, the cluster, and the keys.
func (m *Model) foot() []string {
	st := m.styles
	var out []string
	if m.notice.Text != "" {
		tone := st.Warn
		if m.notice.Good {
			tone = st.Good
		}
		for _, l := range text.Wrap(text.Clean(m.notice.Text), m.width-2) {
			out = append(out, text.Fit(" "+tone.Render(l), m.width))
		}
	}
	out = append(out, bar.Rule(m.width, st))
	out = append(out, m.clusterLines()...)
	return append(out, bar.Keys(m.short(), m.width, st))
}

// clusterLines say which cluster is in use and how to choose another one, or what is wrong with it.
func (m *Model) clusterLines() []string {
	c, st := m.cluster, m.styles
	fit := func(s string) string { return text.Fit(" "+s, m.width) }
	if c.Phase == screen.Unreachable || c.Phase == screen.Lost {
		out := []string{fit(st.Bad.Render(style.Failed + " " + text.Line(c.Problem)))}
		if c.Hint != "" {
			out = append(out, fit(st.Muted.Render("  "+text.Line(c.Hint))))
		}
		return out
	}
	line := st.Muted.Render("Cluster  ") + text.Line(c.Name)
	if c.Detail != "" {
		line += st.Muted.Render(" · " + text.Line(c.Detail))
	}
	out := []string{m.choosable(line)}
	if c.Kubeconfig != "" && m.height >= 20 {
		out = append(out, fit(st.Muted.Render("Another terminal  ")+st.Second.Render(text.Line(m.export()))))
	}
	return out
}

// choosable is a line about the cluster, with the key for another one at its end.
func (m *Model) choosable(line string) string {
	if !m.offered {
		return text.Fit(" "+line, m.width)
	}
	st, k := m.styles, m.keys.Choose.Help()
	return text.Ends(" "+line, st.Key.Render(k.Key)+" "+st.Muted.Render(k.Desc)+" ", m.width)
}

// labAt is the lab drawn at a position.
func (m *Model) labAt(x, y int) (int, bool) {
	top := len(m.head())
	from, to := m.window(m.height - top - len(m.foot()))
	i := from + y - top
	if y < top || i >= to || i >= len(m.labs) || m.width >= wide && x >= m.width*58/100 {
		return 0, false
	}
	return i, true
}

func minutes(l *labs.Lab) string {
	if l.Minutes <= 0 {
		return ""
	}
	return fmt.Sprintf("%d min", l.Minutes)
}
