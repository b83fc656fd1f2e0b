package tui

import (
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
)

// onSession does what is asked of the lab's session; ok is false when the intent is none of that kind.
func (m *Model) onSession(intent screen.Intent) (cmd tea.Cmd, ok bool) {
	switch intent.(type) {
	case screen.Run, screen.Solve, screen.Exec, screen.Check, screen.Enter, screen.Save, screen.Restore, screen.External, screen.Complete:
	default:
		return nil, false
	}
	if m.session == nil {
		m.toast = "the lab is not ready yet"
		return nil, true
	}
	if m.aboutFile(intent) {
		return m.onFile(intent), true
	}
	if m.lab.Busy() && !m.lab.Judged() {
		return nil, true
	}
	return m.start(intent), true
}

// start starts what runs on the session.
func (m *Model) start(intent screen.Intent) tea.Cmd {
	step := m.lab.Position()
	switch i := intent.(type) {
	case screen.Run:
		m.lab.Started(m.opts.Now())
		return m.run(step)
	case screen.Solve:
		m.lab.Solving(m.opts.Now())
		return m.solve(step)
	case screen.Check:
		m.lab.Begin("checking", m.opts.Now())
		return m.check(step)
	case screen.Enter:
		m.lab.Begin("preparing the step", m.opts.Now())
		return m.enter(i.Step)
	case screen.Exec:
		if m.at == screen.Shell {
			m.lab.Begin("the shell runs a command", m.opts.Now())
			m.shell.Typed(i.Line, m.opts.Now())
			return m.exec(m.shell, i.Line)
		}
		m.lab.Typed(i.Line, m.session.Cwd(), m.opts.Now())
		return m.exec(m.lab, i.Line)
	}
	return nil
}

// aboutFile reports whether an intent is about the file of a step, or a line that is being typed: nothing has to end
// before it.
func (m *Model) aboutFile(intent screen.Intent) bool {
	switch intent.(type) {
	case screen.Save, screen.Restore, screen.External, screen.Complete:
		return true
	}
	return false
}

// inLab does what is asked of the lab on the screen.
func (m *Model) inLab(intent screen.Intent) tea.Cmd {
	switch i := intent.(type) {
	case screen.Reset:
		return m.startOver()
	case screen.Cancel:
		if m.work != nil {
			m.lab.Stopping()
			m.work.cancel()
		}
	case screen.Noted:
		return m.noted(i)
	case screen.Goto:
		m.lab.Goto(i.Step)
		return m.keep()
	case screen.Moved:
		return m.keep()
	}
	return nil
}

// executed says that a line of the learner's own ended. A step with a goal is judged by it.
func (m *Model) executed(msg executedMsg) tea.Cmd {
	if !m.is(msg.id) {
		return nil
	}
	inShell := m.work.exec.to == console(m.shell)
	m.end()
	problem, hint := "", ""
	if msg.err != nil {
		problem, hint = m.cluster.Explained(msg.err)
	}
	m.shell.SetFolder(m.session.Cwd())
	switch {
	case inShell:
		m.shell.Ended(msg.exit, problem, msg.at)
		m.lab.Rested()
	case problem != "":
		m.lab.Failed(problem, hint)
		return nil
	}
	if m.lab.HasGoal() && problem == "" {
		m.lab.Judging(msg.at)
		return m.judge(m.lab.Position())
	}
	return nil
}
