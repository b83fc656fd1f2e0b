package lab

import (
	"fmt"
	"time"

	"podsec/labs"
	"podsec/tui/widget/transcript"
)

// Started says that the current step's command was started: its output follows.
func (m *Model) Started(at time.Time) {
	m.Begin("running", at)
	m.rebase(true)
	if command := m.step().Command; command != "" {
		m.transcript.Start(command)
	} else {
		m.transcript.Start("# " + m.step().Title)
	}
	m.show(Output)
	m.panes[Output].End()
}

// Write adds output of the command that runs.
func (m *Model) Write(chunk string) {
	m.transcript.Write(chunk)
	m.stale = true
}

// Finished takes the outcome of the step that ran, and reports whether it is done by that for the first time.
func (m *Model) Finished(o labs.Outcome, at time.Time) bool {
	m.transcript.Finish(transcript.Verdict{OK: o.Passed, Note: m.note(o, at), Checks: o.Checks, Hint: o.Hint})
	m.panes[Output].End()
	m.task, m.stale = nil, true
	m.outcomes[m.pos] = o
	if !o.Passed || m.done[m.pos] {
		return false
	}
	m.done[m.pos] = true
	return true
}

// note is the command's exit status and how long it took.
func (m *Model) note(o labs.Outcome, at time.Time) string {
	if m.step().Command == "" {
		return ""
	}
	return fmt.Sprintf("exit %d · %s", o.Exit, elapsed(at.Sub(m.task.since)))
}

// Failed says that what ran ended without an outcome: it was stopped, or could not be run.
func (m *Model) Failed(problem, hint string) {
	running := m.task != nil && m.task.what == "running"
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
	m.outcomes[m.pos] = o
	first := o.Passed && !m.done[m.pos]
	m.done[m.pos] = m.done[m.pos] || o.Passed
	return first
}

// Restarted says that the lab and its cluster are back at the start.
func (m *Model) Restarted() {
	m.task = nil
	m.done, m.outcomes, m.rungs = map[int]bool{}, map[int]labs.Outcome{}, map[int]int{}
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
