package lab

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/widget/prompt"
)

// exploring reports whether the current step is about the learner's own commands.
func (m *Model) exploring() bool { return m.step().Kind == labs.Explore }

// atPrompt handles a key while the learner types a command.
func (m *Model) atPrompt(k tea.KeyPressMsg) screen.Intent {
	m.stale = true
	defer m.arrange() // words that are offered take lines
	switch k.String() {
	case "ctrl+c":
		if m.Busy() && !m.Judged() {
			return screen.Cancel{}
		}
	case "pgup":
		m.panes[m.focus].Pages(-1)
		return nil
	case "pgdown":
		m.panes[m.focus].Pages(1)
		return nil
	}
	switch m.prompt.Key(k) {
	case prompt.Enter:
		return m.enterLine()
	case prompt.Complete:
		return screen.Complete{Line: m.prompt.Line()}
	case prompt.Leave:
		m.typing = false
	}
	return nil
}

// enterLine runs the line on the prompt. While one runs, the next one waits on the prompt; without a line the step ends
// when its goal is reached.
func (m *Model) enterLine() screen.Intent {
	switch {
	case m.prompt.Line() == "" && m.passed():
		m.typing = false
		return m.next()
	case m.prompt.Line() == "":
		return screen.Tell{Text: "Type a command. esc leaves the line: then h gives a hint, and n goes on."}
	case m.phase != Open:
		return screen.Tell{Text: "The lab is being prepared."}
	case m.Busy() && m.task.what == runningLine:
		return screen.Tell{Text: "A command is running: ctrl+c stops it.", Wait: true}
	}
	return screen.Exec{Line: m.prompt.Take()}
}

// What is under way when the learner's own line runs, and while its step is judged.
const (
	runningLine = "running"
	lookingAt   = "looking at what changed"
)

// Typed says that the learner's own line was started, in a folder: its output follows.
func (m *Model) Typed(line, folder string, at time.Time) {
	m.Begin(runningLine, at)
	m.rebase(true)
	m.transcript.StartIn(folder, line)
	m.show(Output)
	m.panes[Output].End()
}

// HasGoal reports whether the step is about the learner's own commands, and its goal is not reached.
func (m *Model) HasGoal() bool { return m.exploring() && !m.passed() }

// Judged reports whether the step is being looked at: that gives way to the next line.
func (m *Model) Judged() bool { return m.task != nil && m.task.what == lookingAt }

// Rested says that what ran elsewhere ended.
func (m *Model) Rested() { m.task, m.stale = nil, true }

// Judging says that the learner's line ended, and that the step is looked at.
func (m *Model) Judging(at time.Time) { m.Begin(lookingAt, at) }

// Offer hands over the words that may end a line.
func (m *Model) Offer(line string, words []string) {
	m.prompt.Offer(line, words)
	m.stale = true
	m.arrange()
}

// UseHistory shares the history of the learner's lines with other prompts.
func (m *Model) UseHistory(h *prompt.History) { m.prompt = prompt.New(h) }
