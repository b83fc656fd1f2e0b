package tui

import (
	tea "charm.land/bubbletea/v2"

	"charm.land/bubbles/v2/key"

	"podsec/kube"
	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
)

// seen is the cluster's state as it was sent last.
type seen struct {
	state kube.State
	any   bool
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.restyle()
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case tea.MouseClickMsg:
		return m, m.click(msg)
	case doneMsg:
		return m, m.did(msg)
	case connectedMsg:
		return m, m.cameUp(msg)
	case placesMsg:
		return m, m.listed(msg)
	case lookedMsg:
		return m, m.looked(msg)
	case stateMsg:
		return m, m.stated(msg)
	case filesMsg:
		if m.lab != nil && m.lab.Lab().ID == msg.lab {
			m.lab.SetFiles(msg.files)
		}
	case openedMsg:
		return m, m.opened(msg)
	case outputMsg:
		return m, m.printed(msg)
	case executedMsg:
		return m, m.executed(msg)
	case enteringMsg:
		return m, m.entering(msg)
	case enteredMsg:
		return m, m.entered(msg)
	case textMsg:
		m.gotText(msg)
	case storedMsg:
		return m, m.wasStored(msg)
	case wordsMsg:
		m.offered(msg)
	case tea.PasteMsg:
		return m, m.paste(msg)
	case finishedMsg:
		return m, m.finished(msg)
	case checkedMsg:
		return m, m.checked(msg)
	case resetMsg:
		return m, m.wasReset(msg)
	case leftMsg:
		m.leftBehind(msg)
	case savedMsg:
		return m, m.wasSaved(msg)
	case tickMsg:
		return m, m.ticked(msg)
	}
	return m, nil
}

// key hands a key to the dialog on top, else to the keys that work everywhere, else to the screen.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	m.toast = ""
	if m.tooSmall() {
		if k.String() == "q" || key.Matches(k, m.keys.interrupt) {
			return m.quit()
		}
		return nil
	}
	if n := len(m.dialogs); n > 0 {
		closed, then := m.dialogs[n-1].Key(k)
		if closed {
			m.dialogs = m.dialogs[:n-1]
		}
		return m.follow(then)
	}
	if cmd, done := m.everywhere(k); done {
		return cmd
	}
	return m.follow(m.current().Key(k))
}

// paste hands pasted text to the screen, when it takes any.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if n := len(m.dialogs); n > 0 {
		if d, ok := m.dialogs[n-1].(interface{ Paste(text string) }); ok {
			d.Paste(msg.Content)
		}
		return nil
	}
	p, ok := m.current().(screen.Paster)
	if !ok || len(m.dialogs) > 0 || m.tooSmall() {
		return nil
	}
	return m.follow(p.Paste(msg.Content))
}

// everywhere handles the keys that work on all screens. A screen that takes text keeps those that print.
func (m *Model) everywhere(k tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	t, ok := m.current().(screen.Typing)
	typing := ok && t.Typing()
	if typing && (k.Text != "" || key.Matches(k, m.keys.interrupt)) {
		return nil, false
	}
	switch {
	case key.Matches(k, m.keys.interrupt):
		return m.interrupt(), true
	case key.Matches(k, m.keys.help):
		m.dialogs = append(m.dialogs, dialog.NewHelp(append(m.current().Keys(), m.keys.group(typing, m.editing()))))
		return nil, true
	case key.Matches(k, m.keys.palette), k.Text == ":":
		return m.openPalette(), true
	case key.Matches(k, m.keys.suspend) && !m.editing():
		return tea.Suspend, true
	case key.Matches(k, m.keys.redraw):
		return tea.ClearScreen, true
	}
	for _, t := range tabs() {
		if k.String() == t.key {
			return m.show(screen.Show{Screen: t.name}), true
		}
	}
	return nil, false
}

// editing reports whether a file is being written, where ctrl+z takes a change back.
func (m *Model) editing() bool { return m.at == screen.Lab && m.lab != nil && m.lab.Editing() }

// interrupt stops what runs; when nothing does, the app.
func (m *Model) interrupt() tea.Cmd {
	if m.lab != nil && m.lab.Busy() && m.session != nil {
		return m.follow(screen.Cancel{})
	}
	return m.quit()
}

func (m *Model) ticked(msg tickMsg) tea.Cmd {
	if !m.is(msg.id) || m.lab == nil {
		return nil
	}
	m.lab.Tick(msg.at)
	return tick(msg.id)
}
