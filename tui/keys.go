package tui

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
)

// keyMap is the keys that work everywhere.
type keyMap struct{ interrupt, help, redraw key.Binding }

func defaultKeys() keyMap {
	return keyMap{
		interrupt: key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "stop, or quit")),
		help:      key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "all keys")),
		redraw:    key.NewBinding(key.WithKeys("ctrl+l"), key.WithHelp("ctrl+l", "draw again")),
	}
}

// group is the keys for the overview.
func (k keyMap) group() screen.Group {
	mouse := key.NewBinding(key.WithKeys("shift"), key.WithHelp("shift+drag", "select text"))
	return screen.Group{Title: "Everywhere", Keys: []key.Binding{k.help, k.interrupt, mouse}}
}
