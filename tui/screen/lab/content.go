package lab

import (
	"slices"

	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/cluster"
	"podsec/tui/widget/transcript"
	"podsec/tui/widget/yaml"
)

// lines is the text of a part of the screen, none wider than width.
func (m *Model) lines(f Focus, width, height int) []string {
	switch f {
	case File:
		return m.fileLines(width)
	case Output:
		return m.outputLines(width)
	case Cluster:
		return m.clusterLines(width, height)
	}
	return m.readLines(width)
}

// readLines is the explanation, what the step is checked by, and the file that it is about. A command that is longer
// than the strip below shows stands there too.
func (m *Model) readLines(width int) []string {
	s := m.step()
	source := s.Prose
	if m.pos == 0 && m.lab.Intro != "" {
		source = m.lab.Intro + "\n\n---\n\n" + source
	}
	out := append([]string(nil), m.prose.Render(source, width)...)
	room := m.commandRoom()
	if m.asking() {
		room = m.questionRoom()
	}
	if shown := m.commandLines(width, room); m.cutCommand(shown, width) {
		out = append(out, "", m.head("Command", width), "")
		out = append(out, m.commandLines(width, 1<<30)...)
	}
	out = append(out, m.checkLines(width)...)
	out = append(out, m.recapLines(width)...)
	if s.File != "" && !m.editing {
		out = append(out, "", m.head(text.Line(s.File), width))
		out = append(out, m.fileLines(width)...)
	}
	return append(out, m.solutionLines(width)...)
}

// head is the title of a part of the explanation.
func (m *Model) head(title string, width int) string {
	return m.styles.Head.Render(title) + " " +
		bar.Rule(width-text.Width(title)-1, m.styles)
}

// cutCommand reports whether the lines shown are less than the command.
func (m *Model) cutCommand(shown []string, width int) bool {
	return len(shown) < len(m.commandLines(width, 1<<30))
}

// checkLines is what is checked after the step, with what is known of it.
func (m *Model) checkLines(width int) []string {
	s := m.step()
	_, ran := m.outcomes[m.pos]
	if len(s.Checks) == 0 || s.Question != nil && !ran && !m.done[m.pos] { // what is checked would give the answer away
		return nil
	}
	out := []string{"", m.head("Done when", width)}
	if o, ran := m.outcomes[m.pos]; ran && len(o.Checks) > 0 {
		checks := o.Checks
		if m.spacious() && !m.zoom { // what is missing stands below, with the output
			checks = titlesOf(checks)
		}
		return append(out, transcript.Checks(checks, width, m.styles)...)
	}
	return append(out, m.openChecks(width)...)
}

// openChecks is what is checked after the step, with nothing known of it but whether it was done before.
func (m *Model) openChecks(width int) []string {
	var out []string
	symbol, tone := style.Todo, m.styles.Faint
	if m.done[m.pos] {
		symbol, tone = style.Done, m.styles.Good
	}
	for _, c := range m.step().Checks {
		for i, line := range text.Wrap(text.Line(c.Title()), max(1, width-2)) {
			mark := "  "
			if i == 0 {
				mark = tone.Render(symbol) + " "
			}
			out = append(out, mark+m.styles.Muted.Render(line))
		}
	}
	return out
}

// titlesOf is results without what is missing.
func titlesOf(results []labs.CheckResult) []labs.CheckResult {
	out := make([]labs.CheckResult, len(results))
	for i, r := range results {
		out[i] = labs.CheckResult{OK: r.OK, Title: r.Title}
	}
	return out
}

func (m *Model) fileLines(width int) []string {
	name := m.step().File
	if name == "" {
		return []string{m.styles.Faint.Render(text.Cut("This step is not about a file.", width))}
	}
	source, ok := m.files[name]
	if e := m.editor(); e != nil {
		source, ok = e.Text(), true
	}
	if !ok {
		return []string{m.styles.Faint.Render(text.Cut("reading "+text.Line(name)+" …", width))}
	}
	if d := m.drawn; d.source != source || d.width != width || d.lines == nil {
		m.drawn = drawnFile{source, width, yaml.Render(source, width, m.styles)}
	}
	return m.drawn.lines
}

// drawnFile is a file as it was drawn last: it is asked for again with most keys.
type drawnFile struct {
	source string
	width  int
	lines  []string
}

func (m *Model) outputLines(width int) []string {
	if !m.transcript.Empty() {
		return m.transcript.Render(width, m.styles)
	}
	hint := "Nothing was run yet. What commands print is kept here."
	switch {
	case m.asking():
		hint = "Say first what you think will happen. Then the command can be run."
	case m.exploring():
		hint = "Nothing was run yet. Press enter to type a command."
	case m.step().Kind == labs.Edit:
		hint = "Nothing was run yet. Change the file first: enter opens it, ctrl+r runs the command."
	case m.runnable():
		hint = "Nothing was run yet. Press enter to run the command."
	}
	var out []string
	for _, l := range text.Wrap(hint, width) {
		out = append(out, m.styles.Faint.Render(l))
	}
	return out
}

// clusterLines is the cluster's state: all of it for who looks at it alone, else what changed and what there is room for.
func (m *Model) clusterLines(width, height int) []string {
	if !m.haveState {
		return []string{m.styles.Faint.Render(text.Cut("waiting for the cluster …", width))}
	}
	room := 0
	if m.focus != Cluster {
		room = height
	}
	if d := m.shown; d.board != m.board || d.room != room || d.width != width || d.all != m.all {
		m.shown = shownBoard{m.board, room, width, m.all, m.board.Render(room, m.all, width, m.styles)}
	}
	out := slices.Clip(m.shown.lines)
	if m.now.Err != nil {
		for _, l := range text.Wrap("watch: "+text.Line(m.now.Err.Error()), width) {
			out = append(out, m.styles.Warn.Render(l))
		}
	}
	return out
}

// shownBoard is the cluster's state as it was drawn last.
type shownBoard struct {
	board       *cluster.Board
	room, width int
	all         bool
	lines       []string
}

// commandLines is the step's command in at most the given number of lines, the last one cut.
func (m *Model) commandLines(width, most int) []string {
	command := m.step().Command
	if command == "" || most <= 0 {
		return nil
	}
	out := transcript.Command(command, width, m.styles)
	if len(out) > most {
		out = out[:most]
		out[most-1] = text.Cut(out[most-1]+text.Ellipsis, width)
	}
	return out
}

// commandRoom is how many lines of a command the strip shows.
func (m *Model) commandRoom() int {
	if m.height < tall || m.editing { // what is being written needs the room
		return 1
	}
	return 4
}

// hints are the hints that were asked for.
func (m *Model) hints() []string {
	s := m.step()
	return s.Hints[:min(m.rungs[m.pos], len(s.Hints))]
}

// edition is the tag of a side step.
func edition(s labs.Step) string {
	if s.Edition == "" {
		return ""
	}
	return text.Line(s.Edition) + " edition"
}
