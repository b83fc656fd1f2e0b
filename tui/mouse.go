package tui

import (
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
)

// wheelLines is how far a notch of the wheel moves.
const wheelLines = 3

// wheel hands the wheel to the screen.
func (m *Model) wheel(msg tea.MouseWheelMsg) {
	w, ok := m.current().(screen.Wheeler)
	if !ok || len(m.dialogs) > 0 || m.tooSmall() {
		return
	}
	lines := wheelLines
	switch msg.Button {
	case tea.MouseWheelDown:
	case tea.MouseWheelUp:
		lines = -wheelLines
	default:
		return
	}
	w.Wheel(msg.X, msg.Y-m.barLines(), lines)
}

// click hands a click to the bar or to the screen.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if len(m.dialogs) > 0 || m.tooSmall() || msg.Button != tea.MouseLeft {
		return nil
	}
	y := msg.Y - m.barLines()
	if y < 0 {
		if name, ok := m.tabAt(msg.X); ok {
			return m.show(screen.Show{Screen: name})
		}
		return nil
	}
	if c, ok := m.current().(screen.Clicker); ok {
		return m.follow(c.Click(msg.X, y))
	}
	return nil
}
