package present

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
)

// shiftBy is how many columns a key moves tables.
const shiftBy = 16

// opened reports whether commands can be run.
func (m *Model) opened() bool {
	phase, _, _ := m.bench.Phase()
	return phase == lab.Open
}

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	m.sync()
	switch {
	case m.bench.Editing():
		return m.bench.Key(k)
	case m.black:
		m.black = false
		return nil
	}
	if intent, done := m.atCommand(k); done {
		return intent
	}
	switch {
	case key.Matches(k, m.keys.theQuit):
		return screen.Quit{}
	case key.Matches(k, m.keys.black):
		m.black = true
	case key.Matches(k, m.keys.timer):
		m.quiet = !m.quiet
	case m.bench.Busy() && m.opened():
		return m.whileBusy(k)
	case m.move(k):
	default:
		return m.act(k)
	}
	return nil
}

// whileBusy is what keys do while a command runs.
func (m *Model) whileBusy(k tea.KeyPressMsg) screen.Intent {
	switch {
	case key.Matches(k, m.keys.stop):
		return screen.Cancel{}
	case key.Matches(k, m.keys.next, m.keys.run, m.keys.back):
		return screen.Tell{Text: "It is still running: esc stops it.", Wait: true}
	}
	m.move(k)
	return nil
}

// move moves what does not fit.
func (m *Model) move(k tea.KeyPressMsg) bool {
	switch {
	case key.Matches(k, m.keys.up):
		m.pane.Lines(-1)
	case key.Matches(k, m.keys.down):
		m.pane.Lines(1)
	case key.Matches(k, m.keys.left):
		m.bench.Shift(-shiftBy)
	case key.Matches(k, m.keys.right):
		m.bench.Shift(shiftBy)
	default:
		return false
	}
	return true
}

// act handles the keys that go somewhere, or have something done.
func (m *Model) act(k tea.KeyPressMsg) screen.Intent {
	if phase, _, _ := m.bench.Phase(); phase == lab.Broken && key.Matches(k, m.keys.run, m.keys.again) {
		return screen.Reset{}
	}
	switch {
	case key.Matches(k, m.keys.next):
		return m.forward()
	case key.Matches(k, m.keys.run):
		return m.enter()
	case key.Matches(k, m.keys.back):
		return m.backward()
	case key.Matches(k, m.keys.forth):
		return m.goOn()
	case key.Matches(k, m.keys.before) && m.previous() >= 0:
		return m.goTo(m.previous())
	case key.Matches(k, m.keys.steps):
		return m.bench.Choose()
	case key.Matches(k, m.keys.reset) && m.opened():
		return m.bench.AskReset()
	}
	return m.atStep(k)
}

// atStep handles the keys that are about what the step has.
func (m *Model) atStep(k tea.KeyPressMsg) screen.Intent {
	s := m.stepNow()
	switch {
	case key.Matches(k, m.keys.answer) && m.frame().kind == ask:
		if i := int(k.String()[0] - '1'); i < len(s.Question.Choices) {
			return m.bench.Say(i)
		}
	case key.Matches(k, m.keys.edit) && s.Kind == labs.Edit:
		m.show(m.find(file))
		return m.bench.Edit()
	case key.Matches(k, m.keys.again) && m.runnable():
		return m.again()
	case key.Matches(k, m.keys.why):
		return m.bench.Why()
	}
	return nil
}

func (m *Model) runnable() bool { return commandOf(m.stepNow()) != "" || len(m.stepNow().Checks) > 0 }

// again runs the step as it stands: the file as it was written.
func (m *Model) again() screen.Intent {
	if m.stepNow().Kind == labs.Edit && m.opened() && !m.solved {
		return screen.Run{}
	}
	return m.run()
}

// enter goes on; what has no command to type is run by it.
func (m *Model) enter() screen.Intent {
	_, ran := m.bench.Outcome()
	switch k := m.frame().kind; {
	case k == checks && !ran && commandOf(m.stepNow()) == "":
		return m.run()
	case k == end && m.opts.NextTitle != "":
		m.bench.MarkRead()
		return screen.OpenLab{Index: m.opts.Next}
	}
	return m.forward()
}

// forward shows the rest of a frame, then the next one, then the next step.
func (m *Model) forward() screen.Intent {
	m.refresh()
	switch {
	case m.pane.Below() > 0:
		m.pane.Pages(1)
	case m.frame().kind == checks && m.failed() && m.stepNow().Kind == labs.Edit && !m.solved:
		m.show(m.find(solution))
	case m.frame().kind == command: // it ran before
		m.show(m.find(output))
	case m.at < len(m.frames)-1:
		m.show(m.at + 1)
		if m.frame().kind == end {
			m.bench.MarkRead()
			return screen.Moved{}
		}
	case m.frame().kind != end:
		return m.goOn()
	}
	return nil
}

// failed reports whether the step was run and did not come out as it should.
func (m *Model) failed() bool {
	o, ran := m.bench.Outcome()
	return ran && !o.Passed
}

// backward shows what was before.
func (m *Model) backward() screen.Intent {
	m.refresh()
	switch {
	case m.pane.Offset() > 0:
		m.pane.Pages(-1)
	case m.at > 0:
		m.show(m.at - 1)
	case m.previous() >= 0:
		intent := m.goTo(m.previous())
		m.show(len(m.frames) - 1)
		return intent
	}
	return nil
}

// goOn goes to the next step, or to the end.
func (m *Model) goOn() screen.Intent {
	if m.lastStep() {
		m.show(m.find(end))
		return nil
	}
	return m.goTo(m.next())
}

// goTo goes to a step.
func (m *Model) goTo(step int) screen.Intent {
	m.bench.MarkRead()
	m.bench.Goto(step)
	m.sync()
	return screen.Moved{}
}
