package lab

import (
	"fmt"
	"time"

	"podsec/labs"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/transcript"
)

// Started says that the current step's command was started: its output follows.
func (m *Model) Started(at time.Time) {
	m.Begin(runningLine, at)
	m.queued = false
	m.rebase(true)
	if command := m.step().Command; command != "" {
		m.transcript.Start(command)
	} else {
		m.transcript.Start("# " + m.step().Title)
	}
	m.show(Output)
	m.panes[Output].End()
}

// Solving says that the solution of the current step is being applied: what it prints follows.
func (m *Model) Solving(at time.Time) {
	s := m.step()
	m.Begin(runningLine, at)
	m.solving = true
	m.rebase(true)
	m.transcript.Start(s.Solving())
	m.show(Output)
	m.panes[Output].End()
}

// Solved reports whether what ran last was the solution, and forgets it.
func (m *Model) Solved() bool {
	solved := m.solving
	m.solving = false
	return solved
}

// Write adds output of the command that runs.
func (m *Model) Write(chunk string) {
	m.transcript.Write(chunk)
	m.stale = true
}

// Finished takes the outcome of the step that ran, and reports whether it is done by that for the first time.
func (m *Model) Finished(o labs.Outcome, at time.Time) bool {
	m.transcript.Finish(transcript.Verdict{
		OK: o.Passed, Note: m.note(o, at), Checks: o.Checks, Hint: o.Hint, Mistake: o.Mistake, Guess: m.guessOf(),
	})
	m.panes[Output].End()
	m.task, m.stale, m.touched, m.hinted = nil, true, false, false
	first := m.take(o)
	if o.Passed && o.Exit == 0 && m.guessOf() == nil && !m.exploring() {
		m.toAnswer()
	}
	return first
}

// toAnswer moves the beginning of what the step's command printed into sight, where not all of it has room. Errors, what
// is missing, and replies to predictions stand at the end.
func (m *Model) toAnswer() {
	m.refresh()
	r := m.layout.rects[Output]
	if over := m.transcript.LastHeight(scroll.TextWidth(r.w), m.styles) - r.h; over > 0 && r.h > 0 {
		m.panes[Output].Lines(-over)
	}
}

// Ended says that the command of the step that runs ended, and that what is checked is waited for.
func (m *Model) Ended(at time.Time) {
	if m.task != nil {
		m.task.ended = at
	}
}

// take keeps an outcome of the current step, and reports whether the step is done by it for the first time.
func (m *Model) take(o labs.Outcome) bool {
	m.outcomes[m.pos] = o
	m.here[m.pos] = m.here[m.pos] || o.Passed
	first := o.Passed && !m.done[m.pos]
	m.done[m.pos] = m.done[m.pos] || o.Passed
	m.arrange()
	return first
}

// note is the command's exit status and how long it took.
func (m *Model) note(o labs.Outcome, at time.Time) string {
	if o.Skipped != "" {
		return "left out: " + o.Skipped
	}
	if m.step().Command == "" && !m.exploring() {
		return ""
	}
	if !m.task.ended.IsZero() {
		at = m.task.ended
	}
	return fmt.Sprintf("exit %d · %s", o.Exit, elapsed(at.Sub(m.task.since)))
}

// Failed says that what ran ended without an outcome: it was stopped, or could not be run.
func (m *Model) Failed(problem, hint string) {
	running := m.task != nil && (m.task.what == runningLine || m.task.what == lookingAt)
	m.task, m.stale = nil, true
	if running {
		m.transcript.Finish(transcript.Verdict{Note: problem, Hint: hint})
		m.panes[Output].End()
	}
}

// Checked takes what a check of the current step without its command found.
func (m *Model) Checked(results []labs.CheckResult) bool {
	o := m.outcomes[m.pos]
	o.Checks, o.Passed = results, len(results) > 0
	for _, r := range results {
		o.Passed = o.Passed && r.OK
	}
	m.task, m.stale = nil, true
	return m.take(o)
}

// Restarted says that the lab and its cluster are back at the start.
func (m *Model) Restarted() {
	m.task = nil
	m.done, m.rungs, m.guesses = map[int]bool{}, map[int]int{}, map[int]int{}
	m.forget()
	m.transcript = transcript.Transcript{}
	m.furthest = 0
	m.rebase(false)
	m.move(0)
}

// missing says what the first failed check of the current step misses, and how many more there are.
func (m *Model) missing() string {
	first, more := "", -1
	for _, c := range m.outcomes[m.pos].Checks {
		if c.OK {
			continue
		}
		if more++; more > 0 {
			continue
		}
		if first = c.Missing; first == "" {
			first = c.Title
		}
	}
	if more > 0 {
		return fmt.Sprintf("%s (and %d more)", first, more)
	}
	return first
}

// elapsed shows a duration the way a person times: tenths of a second, then seconds, then minutes.
func elapsed(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", max(0, d).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}
