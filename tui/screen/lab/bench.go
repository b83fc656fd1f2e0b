package lab

import (
	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/widget/transcript"
)

// The methods below are for another face of the same lab, which shows it in its own way: package present does.

// Step is the current step.
func (m *Model) Step() labs.Step { return m.step() }

// Phase is how far the lab is opened, and, when that went wrong, why and what to do about it.
func (m *Model) Phase() (p Phase, problem, hint string) { return m.phase, m.problem, m.hint }

// Activity says what runs, in colour, "" when nothing does.
func (m *Model) Activity() string {
	if m.task == nil {
		return ""
	}
	return m.running()
}

// Outcome is what the current step came to; ran is false when it was not run.
func (m *Model) Outcome() (o labs.Outcome, ran bool) {
	o, ran = m.outcomes[m.pos]
	return o, ran
}

// Said is the answer that was given to the question of the current step.
func (m *Model) Said() (choice int, ok bool) {
	choice, ok = m.guesses[m.pos]
	return choice, ok
}

// Say gives an answer to the question of the current step; there must be such a choice.
func (m *Model) Say(choice int) screen.Intent { return m.guess(choice) }

// Entries is how many commands the lab's transcript holds, and Printed what one of them printed so far and the note that
// it ended with.
func (m *Model) Entries() int { return m.transcript.Len() }

// Printed is for Entries.
func (m *Model) Printed(entry, width int) (lines []string, note string) {
	return m.transcript.Printed(entry, width, m.styles)
}

// Shift moves the tables of what was printed by a number of columns.
func (m *Model) Shift(columns int) { m.shift(columns) }

// Verdict is what the current step is checked by, with what is known of it: before it was run the titles alone.
func (m *Model) Verdict(width int) []string {
	o, ran := m.outcomes[m.pos]
	if !ran || len(o.Checks) == 0 {
		return m.openChecks(width)
	}
	v := transcript.Verdict{Checks: o.Checks, Mistake: o.Mistake}
	return v.Render(width, m.styles)
}

// FileLines is the file that the current step is about as it is now.
func (m *Model) FileLines(width int) []string { return m.fileLines(width) }

// DiffLines is what the solution of the current step changes in its file.
func (m *Model) DiffLines(width int) []string { return m.solutionDiff(m.step().Solution, width) }

// Edit opens the editor; what it is to be told is in the intent. While Editing reports true, keys go to Key.
func (m *Model) Edit() screen.Intent { return m.edit() }

// EditorLines is the editor in exactly the given size.
func (m *Model) EditorLines(width, height int) []string {
	return m.editor().Render(width, height, true, m.styles)
}

// EditorStatus is what the editor says of the text.
func (m *Model) EditorStatus() string { return m.editorStatus() }

// Choose lets a step be chosen, AskReset asks before the lab is reset, and Why explains what the last command was
// answered.
func (m *Model) Choose() screen.Intent { return m.choose() }

// AskReset is for Choose.
func (m *Model) AskReset() screen.Intent { return m.askReset() }

// Why is for Choose.
func (m *Model) Why() screen.Intent { return m.why() }

// MarkRead counts the current step as done when there is nothing to run at it.
func (m *Model) MarkRead() {
	if !m.runnable() {
		m.done[m.pos] = true
	}
}
