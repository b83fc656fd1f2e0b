package present

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
)

// content is the lines of the frame in sight, none wider than width, with as much space between them as height allows.
func (m *Model) content(width, height int) []string {
	measure := min(width, widest)
	if phase, problem, hint := m.bench.Phase(); phase == lab.Broken {
		return m.brokenLines(problem, hint, measure)
	}
	switch m.frame().kind {
	case title:
		return m.titleLines(measure, height)
	case prose:
		return m.airy(m.prose.Render(m.frame().text, measure), height)
	case goal:
		return append([]string{m.styles.Muted.Render("The goal"), ""}, spread(m.bench.Verdict(measure), height-2)...)
	case file:
		return m.bench.FileLines(width)
	case solution:
		return m.bench.DiffLines(width)
	case ask:
		return m.questionLines(measure, height)
	case reveal:
		return m.revealLines(measure, height)
	case command:
		return m.typedLines(width)
	case output:
		return m.outputLines(width)
	case checks:
		return m.checkLines(measure, height)
	case end:
		return m.endLines(measure)
	}
	return nil
}

// brokenLines says why the lab could not be opened.
func (m *Model) brokenLines(problem, hint string, width int) []string {
	var out []string
	for _, l := range text.Wrap(style.Failed+" "+text.Line(problem), width) {
		out = append(out, m.styles.Bad.Render(l))
	}
	out = append(out, "")
	return append(out, text.Wrap(text.Line(hint), width)...)
}

// titleLines names the lab.
func (m *Model) titleLines(width, height int) []string {
	l, st := m.bench.Lab(), m.styles
	var out []string
	if height >= 12 {
		for _, line := range numeral(l.Number) {
			out = append(out, st.Accent.Render(line))
		}
		out = append(out, "")
	} else {
		out = append(out, st.Accent.Render(fmt.Sprintf("Lab %d", l.Number)), "")
	}
	for _, line := range text.Wrap(text.Line(l.Title), width) {
		out = append(out, st.Strong.Render(line))
	}
	out = append(out, "")
	for _, line := range text.Wrap(text.Line(l.Summary), width) {
		out = append(out, st.Muted.Render(line))
	}
	return append(out, "", st.Faint.Render(fmt.Sprintf("%s · %s", text.Plural(l.Minutes, "minute", "minutes"),
		text.Plural(screen.Required(m.bench.Lab()), "step", "steps"))))
}

// outputLines is what the command printed.
func (m *Model) outputLines(width int) []string {
	entry, ran := m.printed()
	if !ran {
		return []string{m.styles.Faint.Render("It was not run yet.")}
	}
	if o, judged := m.bench.Outcome(); judged && o.Skipped != "" {
		var out []string
		for _, l := range text.Wrap("Left out on this cluster: "+text.Line(o.Skipped), min(width, widest)) {
			out = append(out, m.styles.Warn.Render(l))
		}
		return out
	}
	lines, _ := m.bench.Printed(entry, width)
	if len(lines) == 0 && !m.bench.Busy() {
		lines = []string{m.styles.Faint.Render("It printed nothing.")}
	}
	return append(m.reminder(width), lines...)
}

// reminder is the command above its output, as far as there is room for it, so that nobody has to remember it.
func (m *Model) reminder(width int) []string {
	if m.height < tall {
		return nil
	}
	const most = 2
	whole, _ := m.commandLines(width)
	out := append([]string(nil), whole[:min(most, len(whole))]...)
	if len(whole) > most {
		out[most-1] = text.Cut(out[most-1], width-1) + text.Ellipsis
	}
	for i := range out {
		out[i] = m.styles.Faint.Render(ansi.Strip(out[i]))
	}
	return append(out, "")
}

// checkLines is what was checked.
func (m *Model) checkLines(width, height int) []string {
	head := m.styles.Muted.Render("What is checked")
	o, ran := m.bench.Outcome()
	switch {
	case ran && o.Passed:
		head = m.styles.Good.Render("It holds")
	case ran:
		head = m.styles.Warn.Render("Not yet")
	}
	return append([]string{head, ""}, spread(m.bench.Verdict(width), height-2)...)
}

// questionLines is the question of the step with all its choices; what the room said is marked.
func (m *Model) questionLines(width, height int) []string {
	q := m.stepNow().Question
	said, answered := m.bench.Said()
	var groups [][]string
	for i, c := range q.Choices {
		mark := "  "
		if answered && said == i {
			mark = m.styles.Key.Render(style.Cursor) + " "
		}
		groups = append(groups, m.choice(mark, i, c, answered && said == i, width))
	}
	return stack(height, m.asked(q, width), groups...)
}

// revealLines is the question with the right choice marked, and why it is right.
func (m *Model) revealLines(width, height int) []string {
	q, st := m.stepNow().Question, m.styles
	said, answered := m.bench.Said()
	groups := [][]string{}
	for i, c := range q.Choices {
		switch {
		case c.Right:
			right := append(m.choice(st.Good.Render(style.Done)+" ", i, c, true, width), "")
			groups = append(groups, append(right, m.reply(c.Reply, width)...))
		case answered && said == i:
			wrong := append(m.choice(st.Bad.Render(style.Failed)+" ", i, c, true, width), "")
			groups = append(groups, append(wrong, m.reply(c.Reply, width)...))
		}
	}
	return stack(height, m.asked(q, width), groups...)
}

func (m *Model) asked(q *labs.Question, width int) []string {
	var out []string
	for _, l := range text.Wrap(markdown.Inline(q.Text, m.styles), width) {
		out = append(out, m.styles.Strong.Render(l))
	}
	return out
}

// choice is a choice of a question, under a mark of two cells.
func (m *Model) choice(mark string, i int, c labs.Choice, strong bool, width int) []string {
	tone := m.styles.Text
	if strong {
		tone = m.styles.Strong
	}
	mark += m.styles.Key.Render(fmt.Sprint(i+1)) + "  "
	var out []string
	for _, l := range text.Wrap(markdown.Inline(c.Text, m.styles), max(1, width-5)) {
		out = append(out, mark+tone.Render(l))
		mark = text.Spaces(5)
	}
	return out
}

func (m *Model) reply(source string, width int) []string {
	var out []string
	for _, l := range m.prose.Render(source, max(1, width-5)) {
		out = append(out, text.Spaces(5)+l)
	}
	return out
}

// endLines says how the lab went.
func (m *Model) endLines(width int) []string {
	l, st := m.bench.Lab(), m.styles
	open := 0
	for i, s := range l.Steps {
		if s.Edition == "" && !m.bench.Done()[i] {
			open++
		}
	}
	head := st.Good.Render(fmt.Sprintf("%s Lab %d is done.", style.Done, l.Number))
	if open > 0 {
		head = st.Warn.Render(fmt.Sprintf("%s Lab %d ends here, with %s not run.", style.Skipped, l.Number, text.Plural(open, "step", "steps")))
	}
	out := append(text.Wrap(head, width), "")
	if !m.quiet {
		out = append(out, st.Muted.Render(fmt.Sprintf("%s, planned were %d:00", minutes(m.clock.total()), l.Minutes)), "")
	}
	if m.opts.NextTitle == "" {
		return append(out, st.Muted.Render("It was the last one."))
	}
	for _, line := range text.Wrap("Next: "+text.Line(m.opts.NextTitle), width) {
		out = append(out, st.Strong.Render(line))
	}
	return out
}
