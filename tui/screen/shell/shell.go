// Package shell is the screen with the learner's own command line over its full width: everything that the lab's shell
// can do, and what it printed.
package shell

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
	"podsec/tui/widget/prompt"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/transcript"
)

// Model is the screen.
type Model struct {
	prompt     prompt.Prompt
	transcript transcript.Transcript
	pane       scroll.Pane
	styles     style.Styles
	lab        string // whose folder it works in, "" when no lab is open
	folder     string
	ready      bool
	running    bool
	since      time.Time
	width      int
	height     int
	stale      bool
}

// New returns the screen on a history that it may share.
func New(h *prompt.History, st style.Styles) *Model {
	return &Model{prompt: prompt.New(h), pane: scroll.New(true), styles: st, stale: true}
}

// SetStyles changes the look.
func (m *Model) SetStyles(st style.Styles) { m.styles, m.stale = st, true }

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height, m.stale = width, height, true
}

// SetLab says which lab's folder and cluster commands work on, "" for none, and whether they may be run yet.
func (m *Model) SetLab(title string, ready bool) {
	if title != m.lab {
		m.transcript, m.stale = transcript.Transcript{}, true
	}
	m.lab, m.ready = title, ready
	if !ready {
		m.running = false
	}
}

// SetFolder says where the next line starts.
func (m *Model) SetFolder(folder string) { m.folder = folder }

// Typing implements screen.Typing.
func (m *Model) Typing() bool { return true }

// Paste implements screen.Paster.
func (m *Model) Paste(pasted string) screen.Intent {
	m.prompt.Paste(pasted)
	return nil
}

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	switch k.String() {
	case "pgup", "shift+up":
		m.pane.Pages(-1)
		return nil
	case "pgdown", "shift+down":
		m.pane.Pages(1)
		return nil
	case "ctrl+home":
		m.pane.Home()
		return nil
	case "ctrl+end":
		m.pane.End()
		return nil
	case "ctrl+c":
		if m.running {
			return screen.Cancel{}
		}
	case "ctrl+d":
		if m.prompt.Line() == "" {
			return screen.Back{}
		}
	case "shift+left", "shift+right":
		m.shift(k.String() == "shift+right")
		return nil
	}
	return m.line(k)
}

// shiftBy is how many columns a key moves tables.
const shiftBy = 16

func (m *Model) shift(right bool) {
	n := -shiftBy
	if right {
		n = shiftBy
	}
	m.transcript.Shift(n)
	m.stale = true
}

// line hands a key to the prompt.
func (m *Model) line(k tea.KeyPressMsg) screen.Intent {
	switch m.prompt.Key(k) {
	case prompt.Enter:
		return m.enter()
	case prompt.Complete:
		return screen.Complete{Line: m.prompt.Line()}
	case prompt.Leave:
		return screen.Back{}
	}
	return nil
}

func (m *Model) enter() screen.Intent {
	line := strings.TrimSpace(m.prompt.Line())
	switch {
	case m.lab == "":
		return screen.Show{Screen: screen.Home}
	case !m.ready:
		return screen.Tell{Text: "The lab is being prepared: commands can be run in a moment."}
	case m.running:
		return screen.Tell{Text: "A command is running: ctrl+c stops it.", Wait: true}
	case line == "":
		return nil
	case line == "exit":
		m.prompt.Clear()
		return screen.Back{}
	case line == "clear":
		m.prompt.Take()
		m.transcript, m.stale = transcript.Transcript{}, true
		return nil
	}
	return screen.Exec{Line: m.prompt.Take()}
}

// Typed says that a line was started: its output follows.
func (m *Model) Typed(line string, at time.Time) {
	m.running, m.since, m.stale = true, at, true
	m.transcript.StartIn(m.folder, line)
	m.pane.End()
}

// Write adds what the line prints.
func (m *Model) Write(chunk string) {
	m.transcript.Write(chunk)
	m.stale = true
}

// Ended says that the line ended. problem is why it could not be run, or that it was stopped; "" when it ran.
func (m *Model) Ended(exit int, problem string, at time.Time) {
	note := ""
	switch {
	case problem != "":
		note = problem
	case exit != 0:
		note = fmt.Sprintf("exit %d", exit)
	case at.Sub(m.since) >= time.Second:
		note = at.Sub(m.since).Round(100 * time.Millisecond).String()
	}
	m.transcript.Finish(transcript.Verdict{OK: exit == 0, Note: note})
	m.running, m.stale = false, true
}

// Offer hands over the words that may end a line.
func (m *Model) Offer(line string, words []string) { m.prompt.Offer(line, words) }

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, _, lines int) { m.pane.Lines(lines) }

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	bind := func(k, what string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, what)) }
	return []screen.Group{
		{Title: "Command line", Keys: []key.Binding{
			bind("enter", "run"), bind("tab", "complete"), bind("↑↓", "history"), bind("ctrl+r", "search the history"),
			bind("ctrl+c", "stop, or clear the line"), bind("ctrl+w", "delete a word"), bind("ctrl+u", "delete to the start"),
		}},
		{Title: "Output", Keys: []key.Binding{
			bind("pgup/pgdn", "scroll"), bind("shift+←→", "move wide tables"), bind("clear", "empty it"),
		}},
		{Title: "Shell", Keys: []key.Binding{bind("esc", "back"), bind("exit", "back")}},
	}
}

// View implements screen.Component.
func (m *Model) View() []string {
	lines := m.prompt.Render(m.width-2, true, m.styles)
	body := max(0, m.height-2-len(lines))
	m.pane.SetSize(m.width, body)
	if m.stale {
		m.pane.SetLines(m.output(scroll.TextWidth(m.width)))
		m.stale = false
	}
	out := append([]string{bar.Head("Shell", m.note(), true, m.width, m.styles)}, m.pane.Render(m.styles.Line)...)
	for _, l := range lines {
		out = append(out, " "+l)
	}
	out = append(out, bar.Keys(m.short(), m.width, m.styles))
	return text.Lines(out, m.width, m.height)
}

// Refused is the command that had a resource blocked; see transcript.Transcript.
func (m *Model) Refused(resource string) transcript.Ran { return m.transcript.Refused(resource) }

// note says what the line is about to work on.
func (m *Model) note() string {
	switch {
	case m.lab == "":
		return ""
	case !m.ready:
		return m.styles.Warn.Render(style.Todo + " preparing the lab")
	case m.running:
		return m.styles.Warn.Render(style.Here + " running")
	}
	return m.styles.Muted.Render(text.Line(m.folder))
}

func (m *Model) output(width int) []string {
	if !m.transcript.Empty() {
		return m.transcript.Render(width, m.styles)
	}
	about := []string{
		"Your own commands, in this lab's folder and on its cluster: kubectl, helm, kyverno, aws, docker, cosign, pipes and files.",
		"", "Try kubectl get policyreports -A, or press tab to see what can be typed.",
	}
	if m.lab == "" {
		about = []string{"The shell works in a lab: in its folder and on its cluster. Press enter to choose one."}
	}
	var out []string
	for _, line := range about {
		for _, l := range text.Wrap(line, max(1, width)) {
			out = append(out, m.styles.Muted.Render(l))
		}
	}
	return out
}

func (m *Model) short() []key.Binding {
	bind := func(k, what string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, what)) }
	out := []key.Binding{bind("tab", "complete"), bind("↑↓", "history"), bind("ctrl+r", "search"), bind("pgup", "scroll")}
	if m.running {
		out = []key.Binding{bind("ctrl+c", "stop"), bind("pgup", "scroll")}
	}
	return append(out, bind("F1", "keys"), bind("esc", "back"))
}
