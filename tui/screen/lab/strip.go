package lab

import (
	"fmt"
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/markdown"
)

// strip is the lines between the parts and the keys, always in sight: the command, how the step is, and hints.
func (m *Model) strip(width int) []string {
	room := width - 2
	var out []string
	if m.height >= tall {
		out = append(out, bar.Rule(width, m.styles))
	}
	for _, l := range m.commandLines(room, m.commandRoom()) {
		out = append(out, text.Fit(" "+l, width))
	}
	out = append(out, text.Ends(" "+m.status(), m.action()+" ", width))
	return append(out, m.hintLines(width)...)
}

// stripHeight is the height of the strip.
func (m *Model) stripHeight(width int) int {
	n := 1 + len(m.commandLines(width-2, m.commandRoom())) + len(m.hintLines(width))
	if m.height >= tall {
		n++
	}
	return n
}

// hintLines is the last hint asked for, in few lines.
func (m *Model) hintLines(width int) []string {
	shown := m.hints()
	if len(shown) == 0 {
		return nil
	}
	label := fmt.Sprintf("hint %d/%d  ", len(shown), len(m.step().Hints))
	most := 3
	if m.height < tall {
		most = 2
	}
	var out []string
	for i, l := range text.Wrap(markdown.Inline(shown[len(shown)-1], m.styles), max(1, width-2-text.Width(label))) {
		if i == most {
			out[most-1] = text.Cut(strings.TrimRight(out[most-1], " "), width-2) + text.Ellipsis
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
	switch {
	case m.task != nil:
		return m.running()
	case m.phase == Opening:
		return st.Warn.Render(style.Todo) + st.Muted.Render(" preparing the lab")
	case m.phase == Broken:
		return st.Bad.Render(style.Failed+" "+text.Line(m.problem)) + st.Muted.Render("  "+text.Line(m.hint))
	case ran && o.Passed:
		return st.Good.Render(style.Done+" done") + st.Muted.Render(m.held(len(o.Checks)))
	case ran:
		return st.Bad.Render(style.Failed+" not yet: ") + text.Line(m.missing())
	case m.done[m.pos]:
		return st.Good.Render(style.Done+" done before") + st.Muted.Render("  run it again to see its output")
	case !m.runnable():
		return st.Muted.Render(style.Todo + " to read")
	case m.step().Edition != "":
		return st.Muted.Render(style.Todo + " a side step, not needed for what follows")
	}
	return st.Muted.Render(style.Todo + " not run yet")
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
	if m.task.stopping {
		what = "stopping"
	}
	return m.styles.Warn.Render(sign+" "+what) + m.styles.Muted.Render(" "+elapsed(m.task.now.Sub(m.task.since)))
}

// action says what the enter key does.
func (m *Model) action() string {
	if m.Busy() && m.phase == Open {
		return m.styles.Key.Render("esc") + m.styles.Muted.Render(" stop")
	}
	return m.styles.Key.Render("enter") + m.styles.Muted.Render(" "+m.enter())
}
