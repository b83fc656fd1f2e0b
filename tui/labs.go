package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/screen/home"
	"podsec/tui/screen/lab"
	"podsec/tui/screen/present"
)

// openLabAt opens a lab at a step, counted from 1, or where the learner was when that is 0. One that was left at
// its end starts over.
func (m *Model) openLabAt(i, step int) tea.Cmd {
	l := m.opts.Labs[i]
	if step == 0 && m.summary(i).AtEnd {
		step = 1
	}
	if step > 0 {
		_, done := m.place(l)
		m.note(l, step-1, done)
	}
	leave := m.leave()
	return tea.Batch(leave, m.openLab(i))
}

// openLab goes to a lab's screen and opens the lab, as soon as there is a cluster.
func (m *Model) openLab(i int) tea.Cmd {
	l := m.opts.Labs[i]
	pos, done := m.place(l)
	m.lab, m.labAt = lab.New(l, pos, done, m.styles), i
	m.at, m.past = screen.Lab, nil
	m.home.Select(i)
	m.home.SetNotice(home.Notice{})
	clock := m.present(i)
	m.resize(m.width, m.height)
	m.lab.SetCluster(m.about)
	m.lab.UseHistory(m.history)
	if i+1 < len(m.opts.Labs) {
		m.lab.SetNext(labTitle(m.opts.Labs[i+1]))
	}
	m.shell.SetLab(labTitle(l), false)
	if m.seen.any {
		m.lab.SetState(m.seen.state)
	}
	return tea.Batch(readFiles(l), m.begun(), m.keep(), clock)
}

// present puts the lab that is open on the stage, when labs are presented.
func (m *Model) present(i int) tea.Cmd {
	if !m.opts.Present {
		return nil
	}
	o := present.Options{Bench: m.lab, Speed: m.opts.Speed, Now: m.opts.Now}
	if i+1 < len(m.opts.Labs) {
		o.Next, o.NextTitle = i+1, labTitle(m.opts.Labs[i+1])
	}
	m.stage = present.New(o, m.styles)
	return m.appear()
}

// begun opens the lab on the screen, or waits for the cluster with it.
func (m *Model) begun() tea.Cmd {
	m.lab.Begin("preparing the lab", m.opts.Now())
	if m.cluster != nil {
		l := m.lab.Lab()
		pos, _ := m.place(l)
		return m.open(l, pos)
	}
	if m.about.Phase == screen.Unreachable {
		return m.reconnect()
	}
	w := m.begin(m.ctx) // for its clock
	return tick(w.id)
}

// reconnect tries the cluster again.
func (m *Model) reconnect() tea.Cmd {
	about := m.about
	about.Phase, about.Problem, about.Hint = screen.Starting, "", ""
	m.setAbout(about)
	return m.connect()
}

// startOver resets the lab, or opens it again when it could not be opened.
func (m *Model) startOver() tea.Cmd {
	if m.session == nil {
		return m.begun()
	}
	m.lab.Begin("resetting", m.opts.Now())
	return m.reset()
}

// leave goes back to the home screen and ends the session.
func (m *Model) leave() tea.Cmd {
	if m.lab == nil {
		return nil
	}
	m.giveUp()
	cmd := m.closeSession(m.session)
	m.lab, m.stage, m.session, m.dialogs = nil, nil, nil, nil
	m.stopAll()
	m.shell.SetLab("", false)
	m.at, m.past = screen.Home, nil
	m.resize(m.width, m.height)
	return cmd
}

// finish leaves a lab from its last step and says how it went.
func (m *Model) finish() tea.Cmd {
	if m.lab == nil {
		return nil
	}
	keep := m.keep()
	l, i := m.lab.Lab(), m.labAt
	missing := screen.Required(l) - m.summary(i).Done
	cmd := m.leave()
	news := home.Notice{Text: fmt.Sprintf("✓ Lab %d is done. It was the last one.", l.Number), Good: true}
	switch {
	case missing > 0:
		news = home.Notice{Text: fmt.Sprintf(
			"Lab %d is not finished: %d of %d steps are still open.", l.Number, missing, screen.Required(l))}
	case i+1 < len(m.opts.Labs):
		m.home.Select(i + 1)
		news.Text = fmt.Sprintf("✓ Lab %d is done. Lab %d is next.", l.Number, m.opts.Labs[i+1].Number)
	}
	m.home.SetNotice(news)
	return tea.Batch(keep, cmd)
}

// quit ends the app once the learner's progress is kept.
func (m *Model) quit() tea.Cmd {
	m.giveUp()
	if cmd := m.storeUnsaved(screen.Quit{}); cmd != nil {
		return cmd
	}
	if m.saving != nil {
		m.quitting = true
		return nil
	}
	return tea.Quit
}
