package why

import (
	"fmt"
	"strings"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/page"
	"podsec/tui/widget/scroll"
)

// wide is the width from which policy and object stand side by side.
const wide = 96

// View implements screen.Component.
func (m *Model) View() []string {
	p := m.page()
	p.Body = m.body(max(0, m.height-p.Lines()))
	return p.Render(m.width, m.height, m.styles)
}

func (m *Model) page() page.Page {
	p := page.Page{Path: []string{"Why"}, Keys: m.short()}
	if len(m.answers) > 0 {
		a := m.answer()
		p.Path = append(p.Path, a.Ref.Kind+" "+a.Ref.String())
		if len(m.answers) > 1 {
			p.Note = m.styles.Muted.Render(fmt.Sprintf("%d of %d", m.at+1, len(m.answers)))
		}
	}
	p.Status = m.status()
	return p
}

// status says what went wrong while an answer is shown.
func (m *Model) status() string {
	if m.problem == "" || len(m.answers) == 0 {
		return ""
	}
	return m.styles.Bad.Render(style.Failed + " " + m.problem)
}

func (m *Model) body(height int) []string {
	st := m.styles
	switch {
	case len(m.answers) > 0:
		return m.explanation()
	case m.subject == (screen.Subject{}):
		return page.Says(m.width, height, st, "Why?",
			"Press w on a denied command, a line of a report, or any object: this screen then shows the way of its request through mutation, Pod Security Admission and validation, and what decided.")
	case m.busy:
		return page.Says(m.width, height, st, "Judging"+text.Ellipsis)
	case m.problem != "" && m.subject.Refused != "":
		return page.Says(m.width, height, st, "Refused by "+text.Line(m.subject.Policy), m.subject.Refused, m.problem, m.advice())
	case m.problem != "":
		return page.Says(m.width, height, st, "There is nothing to explain", m.problem, m.advice())
	}
	return page.Says(m.width, height, st, "There is nothing to explain", "The command sends no object.")
}

// advice says what helps when an object cannot be read.
func (m *Model) advice() string {
	switch {
	case m.subject.Refused != "":
		return "What was refused was never stored, and Kyverno keeps its message only. Send it again with a command of the lab, and press w there: that explains what was sent, line by line."
	case m.subject.Command != "":
		return "Why explains what becomes of objects: press w after a command that makes or changes one, or on an object of the cluster (F3)."
	case strings.Contains(m.problem, "not found"):
		return "The object is not in the cluster. What was refused was never stored: ask from the command in the lab that sent it."
	}
	return ""
}

// The lines over the table: the way of the request, and its verdict.
const pathLine = 1

// verdict is what was said of the request, in few lines.
func (m *Model) verdict() []string {
	a, st := m.answer(), m.styles
	message, tone := a.Verdict.Message, st.Bad
	if a.Verdict.Admitted {
		message, tone = strings.Join(a.Verdict.Warnings, "\n"), st.Warn
	}
	if webhook := m.unanswered(a); webhook != "" {
		message, tone = notAsked(webhook), st.Bad
	}
	earlier := wrapped(a.Earlier, m.width-4)
	most := max(1, m.height/7-len(earlier))
	return append(painted(earlier, st.Warn), painted(m.reasons(message, most), tone)...)
}

// reasons are the lines of a message, of a long one those that say most.
func (m *Model) reasons(message string, most int) []string {
	out := wrapped(message, m.width-4)
	if _, reasons, ok := strings.Cut(message, "due to the following policies"); ok && len(out) > most {
		out = wrapped(reasons, m.width-4) // what comes before says nothing that the screen does not
	}
	if len(out) > most {
		out = append(out[:most-1:most-1], text.Cut(out[most-1]+text.Ellipsis, m.width-4))
	}
	return out
}

func painted(lines []string, tone style.Paint) []string {
	for i, l := range lines {
		lines[i] = "  " + tone.Render(l)
	}
	return lines
}

// wrapped are the lines of a message, without empty ones.
func wrapped(message string, width int) []string {
	var out []string
	for line := range strings.Lines(text.Clean(message)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, text.Wrap(line, max(1, width))...)
		}
	}
	return out
}

func (m *Model) tableTop() int { return 1 + pathLine + len(m.says) } // the title is the first line

// room is the number of lines below the verdict.
func (m *Model) room() int {
	return m.height - page.Page{Status: m.status()}.Lines() - pathLine - len(m.says)
}

func (m *Model) tableHeight() int { return max(2, min(len(m.items)+1, m.room()*2/5)) }

// arrange hands sizes down and makes the texts anew.
func (m *Model) arrange() {
	if len(m.answers) == 0 {
		return
	}
	m.says = m.verdict()
	m.table.SetSize(m.width, m.tableHeight())
	m.pane.SetSize(m.width, m.lower())
	switch m.view {
	case remedy:
		m.pane.SetLines(m.remedy(scroll.TextWidth(m.width)))
	case changes:
		m.pane.SetLines(m.mutation(scroll.TextWidth(m.width)))
	}
}

// lower is the height of what stands below the table and its rule.
func (m *Model) lower() int {
	return max(0, m.room()-m.tableHeight()-1)
}

func (m *Model) explanation() []string {
	a, st := m.answer(), m.styles
	first := strings.ToLower(string(a.Operation))
	switch {
	case a.Scanned:
		first = "as it is"
	case a.Stored:
		first = "as if new"
	}
	way := stations(a, m.items)
	if m.unanswered(a) != "" {
		way[len(way)-1] = station{name: "refused", weight: blocks, says: "unanswered"}
	}
	out := []string{" " + path(way, first, m.width-2, st)}
	out = append(out, m.says...)
	out = append(out, m.table.Render(true, m.tone, st)...)
	switch m.view {
	case remedy:
		out = append(out, bar.Head("Fix", "", true, m.width, st))
		return append(out, m.pane.Render(st.Line)...)
	case changes:
		out = append(out, bar.Head("Mutation, line by line", "", true, m.width, st))
		return append(out, m.pane.Render(st.Line)...)
	}
	return append(out, m.evidence(m.lower()+1)...)
}

func (m *Model) tone(row, column int) style.Paint {
	it := m.items[row]
	switch {
	case column == 0, it.weight >= changed && column == says:
		return it.weight.tone(m.styles)
	case column == 2 && it.weight > idle:
		return m.styles.Text
	}
	return m.styles.Muted
}

// evidence shows what the item under the cursor is about: sentences, and policy and object with their lines marked.
func (m *Model) evidence(height int) []string {
	if len(m.items) == 0 {
		return m.texts(item{}, height)
	}
	at := max(0, m.table.Cursor())
	it, st := m.items[at], m.styles
	notes := it.notes
	if m.table.Cut(at, says) {
		notes = append([]string{it.says}, notes...)
	}
	var out []string
	most := max(1, height/4)
	for i, note := range notes {
		lines := text.Wrap(strings.ReplaceAll(text.Clean(note), "\n", " "), max(1, m.width-4))
		if i > 0 && len(out)+len(lines) > most {
			break // half a sentence says nothing
		}
		for _, l := range lines[:min(len(lines), most)] {
			out = append(out, "  "+st.Muted.Render(l))
		}
	}
	return append(out, m.texts(it, height-len(out))...)
}

// texts sets policy and object side by side, or shows one of them.
func (m *Model) texts(it item, height int) []string {
	a, st := m.answer(), m.styles
	policy, known := a.Policies[it.policy]
	resource := a.Resource
	clauses := linesOf(policy, it.clauses...)
	if it.weight == changed {
		resource, clauses = a.After, deepest(policy, it.clauses...)
	}
	fields := linesOf(resource, it.field)
	left := func(width int) []string {
		head := bar.Head("Policy "+text.Line(it.policy), place(clauses, st), !m.object, width, st)
		return append([]string{head}, marked(m.coloured(policy), clauses, width, height-1, st)...)
	}
	right := func(width int) []string {
		head := bar.Head(text.Line(resource.Name), place(fields, st), m.object || !known, width, st)
		return append([]string{head}, marked(m.coloured(resource), fields, width, height-1, st)...)
	}
	switch {
	case !known, m.width < wide && m.object:
		return right(m.width)
	case m.width < wide:
		return left(m.width)
	}
	half := (m.width - 1) / 2
	rest := m.width - half - 1
	return bar.Columns(st, text.Lines(left(half), half, height), text.Lines(right(rest), rest, height))
}

// place names the first of the marked lines.
func place(lines []int, st style.Styles) string {
	if len(lines) == 0 {
		return ""
	}
	return st.Muted.Render(fmt.Sprintf("line %d", lines[0]))
}
