package tui

import (
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
)

// follow does what a screen or a dialog asked for.
func (m *Model) follow(intent screen.Intent) tea.Cmd {
	switch i := intent.(type) {
	case screen.OpenLab:
		return m.openLabAt(i.Index, i.Step)
	case screen.Press:
		return m.key(pressed(i.Key))
	case screen.Theme:
		return m.setTheme(i.Name)
	case screen.Leave:
		return m.leave()
	case screen.Finish:
		return m.endLab()
	case screen.Quit:
		return m.quit()
	case screen.Connect:
		return m.reconnect()
	case screen.Places:
		return m.listPlaces(true)
	case screen.Look:
		return m.look(i.Place)
	case screen.LookAway:
		m.lookAway()
	case screen.Move:
		return m.move(i.Place)
	case screen.Ask:
		m.dialogs = append(m.dialogs, dialog.NewConfirm(i))
	case screen.Consent:
		m.dialogs = append(m.dialogs, dialog.NewConsent(i))
	case screen.Choose:
		m.dialogs = append(m.dialogs, dialog.NewChoice(i))
	case screen.Copy:
		m.toast = "copied " + i.What
		return tea.SetClipboard(i.Text)
	case screen.Tell:
		m.toast = i.Text
		if i.Wait {
			m.waits = i.Text
		}
	case screen.Do:
		return m.do(i)
	case screen.Both:
		return tea.Batch(m.follow(i.First), m.follow(i.Second))
	case screen.Show:
		return m.show(i)
	case screen.Back:
		return m.back()
	case screen.Adopt:
		return m.adopt(i)
	}
	if m.lab == nil {
		return nil
	}
	if cmd, ok := m.onSession(intent); ok {
		return cmd
	}
	return m.inLab(intent)
}
