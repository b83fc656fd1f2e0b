package lab

import (
	"fmt"

	"podsec/tui/screen"
	"podsec/tui/text"
)

// Goto goes to a step that was chosen.
func (m *Model) Goto(step int) { m.move(step) }

// GoTo is what choosing a step asks for: steps before it that were not passed here are offered to be done first.
func (m *Model) GoTo(step int) screen.Intent {
	open := 0
	for i := range step {
		if !m.here[i] && m.lab.Steps[i].Command+m.lab.Steps[i].Solution.Command != "" && m.lab.Steps[i].Edition == "" {
			open++
		}
	}
	if open == 0 || m.phase != Open {
		return screen.Goto{Step: step}
	}
	return screen.Ask{
		Title: fmt.Sprintf("Prepare step %d?", step+1),
		Text: fmt.Sprintf("%s before it %s not run yet. podsec can reset the lab and do everything before step %d for you: "+
			"run the commands, apply the solutions. Or look at it as it is now.",
			text.Plural(open, "step", "steps"), isAre(open), step+1),
		Yes: "prepare it", Then: screen.Enter{Step: step}, No: "only look", Else: screen.Goto{Step: step},
	}
}

func isAre(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// Entering says how far the lab is on its way to a step.
func (m *Model) Entering(done, of int) {
	if m.task != nil && of > 0 {
		m.task.what = fmt.Sprintf("preparing step %d: %d of %d", of+1, min(done+1, of), of)
	}
}

// Entered says that the lab is as if the learner had come to a step.
func (m *Model) Entered(step int) {
	m.task, m.phase = nil, Open
	m.forget()
	for i := range step {
		m.here[i] = true
	}
	m.rebase(false)
	m.move(step)
}

// forget drops what belongs to the state that the lab had before it was reset.
func (m *Model) forget() {
	clear(m.outcomes)
	clear(m.editors)
	clear(m.here)
	m.editing, m.typing, m.touched = false, false, false
	m.stale = true
}
