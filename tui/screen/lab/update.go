package lab

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/text"
	"podsec/tui/widget/cluster"
	"podsec/tui/widget/rail"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/transcript"
)

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	switch {
	case m.editing:
		return m.inEditor(k)
	case m.typing:
		return m.atPrompt(k)
	case m.asking() && (!m.Busy() || m.phase == Opening):
		if intent, ok := m.guessing(k); ok {
			return intent
		}
	}
	if m.scroll(k) || m.look(k) {
		return nil
	}
	if m.Busy() && m.phase == Open {
		return m.whileBusy(k)
	}
	if intent, done := m.act(k); done {
		return intent
	}
	return m.turn(k)
}

// act handles the keys that have something done.
func (m *Model) act(k tea.KeyPressMsg) (intent screen.Intent, done bool) {
	switch {
	case key.Matches(k, m.keys.Leave):
		return screen.Leave{}, true
	case m.phase == Broken && key.Matches(k, m.keys.Enter, m.keys.Run):
		return screen.Reset{}, true
	case key.Matches(k, m.keys.Enter):
		return m.forward(), true
	case key.Matches(k, m.keys.Run) && m.runnable():
		return m.askRun(), true
	case key.Matches(k, m.keys.Check) && m.phase == Open && len(m.step().Checks) > 0:
		return screen.Check{}, true
	case key.Matches(k, m.keys.Reset) && m.phase == Open:
		return m.askReset(), true
	case key.Matches(k, m.keys.Apply) && m.solutionShown():
		return m.apply(), true
	case m.step().Kind == labs.Edit && m.phase == Open:
		return m.aboutFile(k)
	}
	return nil, false
}

// aboutFile handles the keys of a step with something to edit.
func (m *Model) aboutFile(k tea.KeyPressMsg) (intent screen.Intent, done bool) {
	switch {
	case key.Matches(k, m.keys.Edit):
		return m.edit(), true
	case key.Matches(k, m.keys.External):
		m.touched = true
		return screen.External{}, true
	case key.Matches(k, m.keys.Restore):
		return m.askRestore(), true
	}
	return nil, false
}

// askRun asks for the step to be run, now or as soon as the lab is ready.
func (m *Model) askRun() screen.Intent {
	switch {
	case m.asking():
		return m.first()
	case m.phase == Opening:
		m.queued = true
		return screen.Tell{Text: "The step runs as soon as the lab is ready."}
	case m.exploring():
		m.typing, m.stale = true, true
		m.arrange()
		return nil
	}
	return screen.Run{}
}

// whileBusy is what keys do while something runs: one may stop it, or ask to leave. While the lab is being opened there
// is nothing to stop, and the steps can be read.
func (m *Model) whileBusy(k tea.KeyPressMsg) screen.Intent {
	switch {
	case key.Matches(k, m.keys.Cancel):
		return screen.Cancel{}
	case key.Matches(k, m.keys.Leave):
		return screen.Ask{
			Title: "Leave the lab?", Text: "A command is still running. It will be stopped.", Yes: "stop and leave",
			Then: screen.Leave{},
		}
	case key.Matches(k, m.keys.Enter, m.keys.Run, m.keys.Check, m.keys.Next, m.keys.Back, m.keys.Steps, m.keys.Hint, m.keys.Why,
		m.keys.Copy, m.keys.Reset):
		return screen.Tell{Text: "The step is not through yet: wait for it, or stop it with esc.", Wait: true}
	}
	return nil
}

// turn goes through the steps.
func (m *Model) turn(k tea.KeyPressMsg) screen.Intent {
	switch {
	case key.Matches(k, m.keys.Next):
		return m.next()
	case key.Matches(k, m.keys.Back) && m.pos > 0:
		m.move(m.pos - 1)
		return screen.Moved{}
	case key.Matches(k, m.keys.Steps):
		return m.choose()
	case key.Matches(k, m.keys.Hint):
		return m.climb()
	case key.Matches(k, m.keys.Why):
		return m.why()
	case key.Matches(k, m.keys.Copy) && m.step().Command != "":
		return screen.Copy{What: "the command", Text: m.step().Command}
	}
	return nil
}

// forward is the enter key: it opens what is to be written, runs what is to be run, and goes on from what is done.
func (m *Model) forward() screen.Intent {
	switch {
	case m.unread():
		m.panes[Read].Pages(1)
		return nil
	case !m.runnable() || m.passed():
		return m.next()
	case m.step().Kind == labs.Edit && !m.touched:
		return m.edit()
	}
	return m.askRun()
}

// unread reports whether there is more to read of a step that only explains.
func (m *Model) unread() bool {
	if m.runnable() || m.focus != Read || m.done[m.pos] {
		return false
	}
	m.refresh()
	return m.panes[Read].Below() > 0
}

// next goes to the next step. A step that only explains is done by that.
func (m *Model) next() screen.Intent {
	if !m.runnable() {
		m.done[m.pos] = true
	}
	if m.pos >= len(m.lab.Steps)-1 {
		if m.runnable() && !m.done[m.pos] {
			return screen.Tell{Text: "This is the last step. Press enter to run it, or q to go back to the labs."}
		}
		return screen.Finish{}
	}
	m.move(m.pos + 1)
	return screen.Moved{}
}

func (m *Model) choose() screen.Intent {
	items := make([]screen.Item, len(m.lab.Steps))
	for i, s := range m.lab.Steps {
		symbol, tone := rail.Symbol(m.State(i), m.styles)
		items[i] = screen.Item{
			Mark: tone.Render(symbol), Text: fmt.Sprintf("%2d  %s", i+1, text.Line(s.Title)), Note: kindNote(s),
			Then: m.GoTo(i),
		}
	}
	return screen.Choose{Title: "Steps", Items: items, Cursor: m.pos}
}

// kindNote says what a step asks for, where that is more than to read or to run a command.
func kindNote(s labs.Step) string {
	switch {
	case s.Edition != "":
		return edition(s)
	case s.Kind == labs.Predict:
		return "a question"
	case s.Kind == labs.Edit:
		return "yours to write"
	case s.Kind == labs.Explore:
		return "your own commands"
	}
	return ""
}

// askReset asks before the lab is reset. Who is on the way may keep what is done, and have the cluster as the step finds it.
func (m *Model) askReset() screen.Intent {
	if m.pos > 0 {
		return screen.Choose{Title: "Reset this lab?", Items: []screen.Item{
			{Text: "All of it: its steps count as not done", Then: screen.Reset{}},
			{Text: fmt.Sprintf("The cluster, to how step %d finds it", m.pos+1), Then: screen.Enter{Step: m.pos}},
		}}
	}
	return screen.Ask{
		Title: "Reset this lab?",
		Text:  "The cluster goes back to where the lab starts, and this lab's steps count as not done.",
		Yes:   "reset", Then: screen.Reset{},
	}
}

// why asks for the explanation of what the last command was answered.
func (m *Model) why() screen.Intent {
	last := m.transcript.Last()
	if last.Command == "" || strings.HasPrefix(last.Command, "# ") {
		return screen.Tell{Text: "Run the step first: why explains what its command was answered."}
	}
	return screen.Show{Screen: screen.Why, About: screen.Subject{Command: last.Command, Folder: last.Folder, Output: last.Output}}
}

// Refused is the lab's command that had a resource blocked; see transcript.Transcript.
func (m *Model) Refused(resource string) transcript.Ran { return m.transcript.Refused(resource) }

// look chooses the pane.
func (m *Model) look(k tea.KeyPressMsg) bool {
	views := m.views()
	switch {
	case key.Matches(k, m.keys.Tab):
		m.show(views[(m.index(views)+1)%len(views)])
	case key.Matches(k, m.keys.BackTab):
		m.show(views[(m.index(views)+len(views)-1)%len(views)])
	case key.Matches(k, m.keys.Views):
		f := Focus(k.String()[0] - '1')
		if f == File && m.step().File == "" {
			return true
		}
		if f == File && !m.tabbed() {
			f = Read
		}
		m.show(f)
	case key.Matches(k, m.keys.Expand):
		m.all = !m.all
		m.show(Cluster)
	case key.Matches(k, m.keys.Zoom) && m.spacious():
		m.zoom = !m.zoom
		m.show(m.focus)
	default:
		return false
	}
	return true
}

// show gives a part of the screen the focus.
func (m *Model) show(f Focus) {
	m.focus, m.stale = f, true
	m.arrange()
	if f == Cluster && m.tabbed() {
		m.toChange()
	}
}

// toChange moves the first change in the cluster into sight.
func (m *Model) toChange() {
	m.refresh()
	r := m.layout.rects[Cluster]
	pane := &m.panes[Cluster]
	pane.Home()
	first := cluster.FirstChange(m.clusterLines(scroll.TextWidth(r.w), r.h))
	if over := first - r.h + 2; over > 0 {
		pane.Lines(over)
	}
}

func (m *Model) index(views []Focus) int {
	for i, f := range views {
		if f == m.focus {
			return i
		}
	}
	return 0
}

// scroll moves the text of the part that has the focus.
func (m *Model) scroll(k tea.KeyPressMsg) bool {
	pane := &m.panes[m.focus]
	switch {
	case key.Matches(k, m.keys.Up):
		pane.Lines(-1)
	case key.Matches(k, m.keys.Down):
		pane.Lines(1)
	case key.Matches(k, m.keys.PageUp):
		pane.Pages(-1)
	case key.Matches(k, m.keys.PageDown):
		pane.Pages(1)
	case key.Matches(k, m.keys.Home):
		pane.Home()
	case key.Matches(k, m.keys.End):
		pane.End()
	case key.Matches(k, m.keys.ShiftLeft):
		m.shift(-shiftBy)
	case key.Matches(k, m.keys.ShiftRight):
		m.shift(shiftBy)
	default:
		return false
	}
	return true
}

// shiftBy is how many columns a key moves tables.
const shiftBy = 16

// shift moves the tables of the output.
func (m *Model) shift(columns int) {
	m.transcript.Shift(columns)
	m.stale = true
}

// Wheel moves the text of the part at a position.
func (m *Model) Wheel(x, y, lines int) {
	f, ok := m.layout.at(x, y)
	switch {
	case ok && f == File && m.editing:
		m.editor().Scroll(lines)
	case ok:
		m.panes[f].Lines(lines)
	}
}

// Click gives the part at a position the focus, goes to a step, or answers a question.
func (m *Model) Click(x, y int) screen.Intent {
	if i, ok := m.choiceAt(x, y); ok {
		return m.guess(i)
	}
	if f, ok := m.tabAt(x, y); ok {
		if m.editing {
			return m.leaveEditor(nil)
		}
		m.show(f)
		return nil
	}
	if i, ok := m.stepAt(x, y); ok && !m.Busy() && !m.editing {
		m.move(i)
		return screen.Moved{}
	}
	f, ok := m.layout.at(x, y)
	switch r := m.layout.rects[f]; {
	case ok && f == File && m.editing:
		m.editor().MoveTo(x-r.x, y-r.y)
	case ok && f != m.focus && !m.editing:
		m.show(f)
	}
	return nil
}
