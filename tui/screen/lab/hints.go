package lab

import (
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/transcript"
	"podsec/tui/widget/yaml"
)

// solvable reports whether the step has a solution beyond running its command.
func (m *Model) solvable() bool {
	s := m.step().Solution
	return s.File != "" || s.Command != "" && s.Command != m.step().Command
}

// ladder is the number of rungs: the hints, and the solution when there is one.
func (m *Model) ladder() int {
	n := len(m.step().Hints)
	if m.solvable() {
		n++
	}
	return n
}

// solutionShown reports whether the learner asked for the last rung, which can be applied.
func (m *Model) solutionShown() bool { return m.solvable() && m.rungs[m.pos] >= m.ladder() }

// climb shows one more hint.
func (m *Model) climb() screen.Intent {
	if m.ladder() == 0 {
		return screen.Tell{Text: "This step has no hints."}
	}
	if m.rungs[m.pos] >= m.ladder() && !m.solvable() {
		return screen.Tell{Text: "That was the last hint. Is the cluster not as this step expects it? R puts it back."}
	}
	m.rungs[m.pos] = min(m.rungs[m.pos]+1, m.ladder())
	m.hinted, m.stale = true, true
	if m.solutionShown() {
		m.show(Read)
		m.refresh()
		m.panes[Read].End()
	}
	m.arrange()
	return screen.Noted{Hints: m.rungs[m.pos]}
}

// apply applies the solution that is shown.
func (m *Model) apply() screen.Intent {
	if !m.solutionShown() || m.phase != Open || m.Busy() {
		return nil
	}
	if m.asking() {
		return m.first()
	}
	text := "The solution's command is run for you."
	if m.step().Solution.File != "" {
		text = "Your file becomes the solution's, and the step is run. ctrl+z in the editor brings back what you wrote."
	}
	return screen.Ask{Title: "Apply the solution?", Text: text, Yes: "apply it", Then: m.save(screen.Solve{})}
}

// solutionLines shows the solution once it was asked for.
func (m *Model) solutionLines(width int) []string {
	if !m.solutionShown() {
		return nil
	}
	s := m.step().Solution
	out := []string{"", m.head("Solution", width)}
	if !m.passed() {
		out = append(out, m.styles.Warn.Render(text.Cut("Press a to apply it.", width)))
	}
	if s.Command != "" {
		return append(out, transcript.Command(s.Command, width, m.styles)...)
	}
	return append(out, m.solutionDiff(s, width)...)
}

// solutionDiff marks the lines of the solution that the learner's file does not have, and those that it has instead.
func (m *Model) solutionDiff(s labs.Solution, width int) []string {
	solution, known := m.files[s.File]
	if !known {
		return []string{m.styles.Faint.Render("reading it " + text.Ellipsis)}
	}
	var mine string
	if e := m.editor(); e != nil {
		mine = e.Text()
	}
	d := diffmatchpatch.New()
	a, b, lines := d.DiffLinesToChars(mine, solution)
	var out []string
	parts := d.DiffCharsToLines(d.DiffMain(a, b, false), lines)
	for i, part := range parts {
		shown := m.diffPart(part, width)
		if part.Type == diffmatchpatch.DiffEqual && mine != "" {
			shown = m.around(shown, i > 0, i < len(parts)-1)
		}
		out = append(out, shown...)
	}
	return out
}

// around leaves out the lines that are not near a change: one before them, or one after them.
func (m *Model) around(lines []string, before, after bool) []string {
	const near = 3
	head, tail := 0, 0
	if before {
		head = near
	}
	if after {
		tail = near
	}
	if len(lines) <= head+tail+1 {
		return lines
	}
	out := append([]string(nil), lines[:head]...)
	out = append(out, m.styles.Faint.Render("  "+text.Plural(len(lines)-head-tail, "line", "lines")+" as before"))
	return append(out, lines[len(lines)-tail:]...)
}

func (m *Model) diffPart(part diffmatchpatch.Diff, width int) []string {
	mark, st := "  ", m.styles
	lines := yaml.Highlight(strings.TrimSuffix(part.Text, "\n"), "yaml", st)
	switch part.Type {
	case diffmatchpatch.DiffInsert:
		mark = st.Good.Render(style.Added) + " "
	case diffmatchpatch.DiffDelete:
		mark = st.Bad.Render(style.Removed) + " "
	case diffmatchpatch.DiffEqual:
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = text.Cut(mark+l, width)
	}
	return out
}
