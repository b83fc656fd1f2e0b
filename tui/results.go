package tui

import (
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/text"
)

// connected takes the cluster that came up, and goes on with a lab that waited for it.
func (m *Model) connected(msg connectedMsg) tea.Cmd {
	if msg.id != m.conn {
		return nil
	}
	about := m.about
	if msg.err != nil {
		about.Phase = screen.Unreachable
		about.Problem, about.Hint = explain(msg.err)
		m.setAbout(about)
		if m.lab != nil {
			m.giveUp()
			m.lab.Broke(about.Problem, about.Hint)
		}
		return nil
	}
	about.Phase, about.Detail, about.Kubeconfig = screen.Ready, msg.cluster.Detail, msg.cluster.Kubeconfig
	m.setAbout(about)
	m.cluster, m.watched = &msg.cluster, msg.id
	var open tea.Cmd
	if m.lab != nil {
		open = m.begun()
	}
	return tea.Batch(m.watch(), m.populate(), open)
}

// stated takes another state of the cluster and waits for the next one.
func (m *Model) stated(msg stateMsg) tea.Cmd {
	if msg.id != m.watched || msg.closed {
		return nil
	}
	m.seen = seen{state: msg.state, any: true}
	m.heard(msg.state.Lost())
	m.each(func(c screen.Component) {
		if s, ok := c.(screen.Stateful); ok {
			s.SetState(msg.state)
		}
	})
	return m.watch()
}

// heard says on all screens that the cluster does not answer any more, and that it does again.
func (m *Model) heard(err error) {
	about := m.about
	about.Phase, about.Problem, about.Hint = screen.Ready, "", ""
	if err != nil {
		about.Phase = screen.Lost
		about.Problem, about.Hint = explain(err)
	}
	if about == m.about {
		return
	}
	switch lost := m.about.Phase == screen.Lost; {
	case lost && err == nil:
		m.toast = text.Line(about.Name) + " answers again"
	case !lost && err != nil:
		m.toast = about.Problem + "; tried again by itself"
	}
	m.setAbout(about)
}

// opened takes a session. One that nobody waits for any more is closed.
func (m *Model) opened(msg openedMsg) tea.Cmd {
	delete(m.opening, msg.id)
	if !m.is(msg.id) || m.lab == nil {
		return m.closeSession(msg.session)
	}
	m.end()
	if msg.err != nil {
		m.lab.Broke(m.cluster.Explained(msg.err))
		return nil
	}
	m.session = msg.session
	m.lab.Opened(msg.step)
	m.shell.SetLab(m.labName(), true)
	m.shell.SetFolder(m.session.Cwd())
	m.started()
	m.before = msg.left
	var then screen.Intent
	if m.lab.Queued() {
		then = screen.Run{}
	}
	if len(msg.left) > 0 {
		return tea.Batch(m.wanted(), m.found(msg.left, then))
	}
	return tea.Batch(m.wanted(), m.follow(then))
}

// started tells the screens that a lab starts from its beginning.
func (m *Model) started() {
	m.each(func(c screen.Component) {
		if s, ok := c.(screen.Starter); ok {
			s.Started()
		}
	})
}

// printed shows what a command printed and waits for more.
func (m *Model) printed(msg outputMsg) tea.Cmd {
	if !m.is(msg.id) || m.work.exec == nil {
		return nil
	}
	m.work.exec.show(msg.text)
	return m.work.exec.read
}

func (m *Model) finished(msg finishedMsg) tea.Cmd {
	if !m.is(msg.id) {
		return nil
	}
	m.end()
	if m.toast == m.waits {
		m.toast = ""
	}
	if msg.err != nil {
		m.lab.Failed(m.cluster.Explained(msg.err))
		return nil
	}
	solved := m.lab.Solved()
	first := m.lab.Finished(msg.outcome, msg.at)
	var text, keep tea.Cmd
	if solved {
		text = m.readText(m.lab.Position())
	}
	if first {
		keep = m.keep()
	}
	return tea.Batch(text, keep)
}

func (m *Model) checked(msg checkedMsg) tea.Cmd {
	if !m.is(msg.id) {
		return nil
	}
	m.end()
	if msg.err != nil {
		m.complain(msg.err)
		return nil
	}
	if m.lab.Checked(msg.results) {
		return m.keep()
	}
	return nil
}

func (m *Model) wasReset(msg resetMsg) tea.Cmd {
	if !m.is(msg.id) {
		return nil
	}
	m.end()
	if msg.err != nil {
		m.complain(msg.err)
		return nil
	}
	m.lab.Restarted()
	m.shell.SetFolder(m.session.Cwd())
	m.started()
	return m.keep()
}

// entering shows how far a lab is on its way to a step.
func (m *Model) entering(msg enteringMsg) tea.Cmd {
	if m.is(msg.id) && m.lab != nil {
		m.lab.Entering(msg.done, msg.of)
	}
	return msg.more
}

// entered takes the lab at the step that it was taken to.
func (m *Model) entered(msg enteredMsg) tea.Cmd {
	if !m.is(msg.id) {
		return nil
	}
	m.end()
	if msg.err != nil {
		m.complain(msg.err)
		return nil
	}
	m.lab.Entered(msg.step)
	m.shell.SetFolder(m.session.Cwd())
	return m.keep()
}

// complain ends what ran and says why.
func (m *Model) complain(err error) {
	message, hint := m.cluster.Explained(err)
	m.lab.Failed(message, hint)
	m.toast = message
	if hint != "" {
		m.toast += ". " + hint
	}
}

func (m *Model) wasSaved(msg savedMsg) tea.Cmd {
	if msg.err != nil {
		message, hint := explain(msg.err)
		m.toast = "progress was not saved: " + message
		if hint != "" {
			m.toast += ". " + hint
		}
	}
	next := m.saved()
	if next == nil && m.quitting {
		return tea.Quit
	}
	return next
}
