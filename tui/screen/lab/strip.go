package lab

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/markdown"
)

// strip is the lines between the parts and the keys, always in sight: the command or what stands in its place, how
// the step is, and hints.
func (m *Model) strip(width int) []string {
	var out []string
	if m.height >= tall {
		out = append(out, bar.Rule(width, m.styles))
	}
	for _, l := range m.stripBody(width) {
		out = append(out, text.Fit(" "+l, width))
	}
	out = append(out, text.Ends(" "+m.status(), m.action()+" ", width))
	return append(out, m.hintLines(width)...)
}

// stripBody is what the learner acts on: a question, the line that they type, or the command of the step.
func (m *Model) stripBody(width int) []string {
	room := width - 2
	switch {
	case m.asking():
		return append(m.commandLines(room, m.questionRoom()), m.questionLines(room)...)
	case m.exploring():
		return m.prompt.Render(room, m.typing, m.styles)
	}
	return m.commandLines(room, m.commandRoom())
}

// questionRoom is how many lines of the command stand above its question.
func (m *Model) questionRoom() int {
	if m.height < tall {
		return 1
	}
	return 2
}

// stripHeight is the height of the strip.
func (m *Model) stripHeight(width int) int {
	n := 1 + len(m.stripBody(width)) + len(m.hintLines(width))
	if m.height >= tall {
		n++
	}
	return n
}

// choiceAt is the choice of a question that is drawn at a position.
func (m *Model) choiceAt(x, y int) (choice int, ok bool) {
	width := m.width
	if !m.tabbed() {
		width = m.layout.left
	}
	if !m.asking() || x >= width {
		return 0, false
	}
	from := m.height - 1 - m.stripHeight(width) + len(m.commandLines(width-2, m.questionRoom()))
	if m.height >= tall {
		from++
	}
	for i, l := range m.questionLines(width - 2) {
		mark := strings.TrimSpace(ansi.Strip(l))
		mark = strings.TrimSpace(strings.TrimPrefix(mark, style.Cursor))
		if n := int(mark[0] - '1'); len(mark) > 1 && mark[1] == ' ' && n >= 0 && n < len(m.step().Question.Choices) {
			choice, ok = n, true
		}
		if from+i == y {
			return choice, ok
		}
	}
	return 0, false
}

// hintLines is what helps on, in few lines: why the lab is not open, what is wrong with the file, or the last hint asked for.
func (m *Model) hintLines(width int) []string {
	shown := m.hints()
	label := fmt.Sprintf("hint %d/%d  ", len(shown), m.ladder())
	inline := func(s string) string { return markdown.Inline(s, m.styles) }
	switch o := m.outcomes[m.pos]; {
	case m.phase == Broken:
		if m.task != nil {
			return nil
		}
		inline = text.Line // an error is no Markdown
		label, shown = style.Failed+" ", []string{strings.TrimSpace(m.problem + "  " + m.hint)}
	case m.editing && m.editor().Problem() != nil:
		p := m.editor().Problem()
		inline = text.Line
		label, shown = "  ", []string{p.Message + ": " + p.Hint}
	case m.editing:
		return nil
	case m.passed():
		return nil
	case m.solutionShown():
		label = "solution  "
		shown = []string{"It stands below the explanation. Press a to apply it."}
	case o.Mistake != "" && m.task == nil && !m.hinted:
		label, shown = style.Skipped+" ", []string{o.Mistake}
	case len(shown) == 0:
		return nil
	}
	most := 3
	if m.height < tall {
		most = 2
	}
	var out []string
	for i, l := range text.Wrap(inline(shown[len(shown)-1]), max(1, width-2-text.Width(label))) {
		if i == most {
			out[most-1] = text.Fit(text.Cut(strings.TrimRight(out[most-1], " ")+text.Ellipsis, width-1), width)
			break
		}
		out = append(out, text.Fit(" "+m.styles.Warn.Render(label)+l, width))
		label = text.Spaces(text.Width(label))
	}
	return out
}

// status says how the step is.
func (m *Model) status() string {
	st := m.styles
	o, ran := m.outcomes[m.pos]
	said, answered := m.said()
	switch {
	case m.task != nil:
		return m.running()
	case m.editing:
		return m.editorStatus()
	case m.asking() && m.phase != Broken:
		return st.Warn.Render("?") + st.Muted.Render(" what do you think?")
	case m.phase == Opening:
		return st.Warn.Render(style.Todo) + st.Muted.Render(" preparing the lab")
	case m.phase == Broken:
		return st.Bad.Render(style.Failed + " the lab could not be prepared")
	case ran && o.Skipped != "":
		return st.Warn.Render(style.Skipped+" left out: ") + text.Line(o.Skipped)
	case ran && o.Passed:
		return st.Good.Render(style.Done+" done") + st.Muted.Render(m.held(len(o.Checks))+m.foreseen())
	case ran:
		return st.Bad.Render(style.Failed+" not yet: ") + text.Line(m.missing())
	case m.done[m.pos]:
		return st.Good.Render(style.Done+" done before") + st.Muted.Render("  run it again to see its output")
	case !m.runnable() && m.step().Edition != "":
		return st.Muted.Render(style.Todo + " to read, a side step")
	case !m.runnable():
		return st.Muted.Render(style.Todo + " to read")
	case m.step().Kind == labs.Edit && !m.touched:
		return st.Muted.Render(style.Todo+" yours to write: ") + text.Line(m.step().File)
	case m.exploring():
		return st.Muted.Render(style.Todo + " your own commands, until the goal is reached")
	case answered:
		return st.Muted.Render(style.Todo + " " + markdown.Inline(said, st))
	case m.step().Edition != "":
		return st.Muted.Render(style.Todo + " a side step, not needed for what follows")
	}
	return st.Muted.Render(style.Todo + " not run yet")
}

// foreseen says whether what happened is what the learner said.
func (m *Model) foreseen() string {
	switch g := m.guessOf(); {
	case g == nil:
		return ""
	case g.Right:
		return " · foreseen"
	}
	return " · not foreseen"
}

func (m *Model) held(checks int) string {
	if checks == 0 {
		return ""
	}
	return "  " + text.Plural(checks, "check holds", "checks hold")
}

// running says what runs, with a sign that moves.
func (m *Model) running() string {
	const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
	runes := []rune(frames)
	sign := string(runes[m.task.ticks%len(runes)])
	what := m.task.what
	if m.queued {
		what += ", then it runs,"
	}
	if !m.task.ended.IsZero() {
		what = "it ran; checking what came of it"
	}
	if m.task.stopping {
		what = "stopping"
	}
	return m.styles.Warn.Render(sign+" "+what) + m.styles.Muted.Render(" "+elapsed(m.task.now.Sub(m.task.since)))
}

// action says what the enter key does.
func (m *Model) action() string {
	switch {
	case m.editing:
		return m.styles.Key.Render("ctrl+r") + m.styles.Muted.Render(" run")
	case m.typing && m.passed() && m.prompt.Line() == "":
		return m.styles.Key.Render("enter") + m.styles.Muted.Render(" next")
	case m.typing:
		return m.styles.Key.Render("esc") + m.styles.Muted.Render(" leave the line")
	case m.asking() && m.phase != Broken && m.choice == undecided:
		return m.styles.Key.Render(m.numbers()) + m.styles.Muted.Render(" answer")
	}
	if m.Busy() && m.phase == Open {
		return m.styles.Key.Render("esc") + m.styles.Muted.Render(" stop")
	}
	return m.styles.Key.Render("enter") + m.styles.Muted.Render(" "+m.enter())
}
