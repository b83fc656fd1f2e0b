package tui

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
)

// keyMap is the keys that work everywhere.
type keyMap struct{ interrupt, help, redraw, screens, palette, suspend key.Binding }

func defaultKeys() keyMap {
	return keyMap{
		interrupt: key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "stop, or quit")),
		help:      key.NewBinding(key.WithKeys("?", "f1"), key.WithHelp("?/F1", "all keys")),
		screens:   key.NewBinding(key.WithKeys("f2", "f3", "f4", "f5", "f6"), key.WithHelp("F2–F6", "lab, cluster, policies, reports, shell")),
		palette:   key.NewBinding(key.WithKeys("ctrl+k"), key.WithHelp("ctrl+k, :", "find anything")),
		suspend:   key.NewBinding(key.WithKeys("ctrl+z"), key.WithHelp("ctrl+z", "suspend")),
		redraw:    key.NewBinding(key.WithKeys("ctrl+l"), key.WithHelp("ctrl+l", "draw again")),
	}
}

// group is the keys for the overview. Where one types, letters are text, and where one writes a file ctrl+z takes a change back.
func (k keyMap) group(typing, editing bool) screen.Group {
	if typing {
		k.palette.SetHelp("ctrl+k", k.palette.Help().Desc)
		k.help.SetHelp("F1", k.help.Help().Desc)
	}
	k.suspend.SetEnabled(!editing)
	mouse := key.NewBinding(key.WithKeys("shift"), key.WithHelp("shift+drag", "select text"))
	return screen.Group{Title: "Everywhere", Keys: []key.Binding{k.palette, k.screens, k.help, k.interrupt, k.suspend, mouse}}
}
