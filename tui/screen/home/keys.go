package home

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
)

// KeyMap is the keys of the screen.
type KeyMap struct {
	Up, Down, First, Last, Open, Copy, Connect, Choose, Quit key.Binding
}

// DefaultKeys returns the keys of the screen.
func DefaultKeys() KeyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return KeyMap{
		Up:      bind([]string{"up", "k"}, "↑/k", "up"),
		Down:    bind([]string{"down", "j"}, "↓/j", "down"),
		First:   bind([]string{"home", "g"}, "home/g", "first lab"),
		Last:    bind([]string{"end", "G"}, "end/G", "last lab"),
		Open:    bind([]string{"enter", "space", "right", "l"}, "enter", "open"),
		Copy:    bind([]string{"y"}, "y", "copy KUBECONFIG"),
		Connect: bind([]string{"r"}, "r", "try again"),
		Choose:  bind([]string{"c"}, "c", "change"),
		Quit:    bind([]string{"q"}, "q", "quit"),
	}
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := m.keys
	k.Copy.SetEnabled(m.cluster.Kubeconfig != "")
	k.Connect.SetEnabled(m.cluster.Phase == screen.Unreachable)
	k.Choose.SetEnabled(m.offered)
	return []screen.Group{
		{Title: "Labs", Keys: []key.Binding{k.Up, k.Down, k.First, k.Last, k.Open}},
		{Title: "Cluster", Keys: []key.Binding{k.Choose, k.Connect, k.Copy}},
		{Title: "App", Keys: []key.Binding{k.Quit}},
	}
}

// short is the keys of the bottom line.
func (m *Model) short() []key.Binding {
	choose := key.NewBinding(key.WithKeys("up"), key.WithHelp("↑↓", "choose"))
	all := key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "all keys"))
	open := m.keys.Open
	if m.cursor < len(m.progress) {
		switch p := m.progress[m.cursor]; {
		case p.AtEnd:
			open.SetHelp("enter", "open again")
		case p.Started:
			open.SetHelp("enter", "resume")
		}
	}
	find := key.NewBinding(key.WithKeys(":"), key.WithHelp(":", "find"))
	out := []key.Binding{choose, open, all, find, m.keys.Quit}
	if m.cluster.Phase == screen.Unreachable {
		out = append(out, m.keys.Connect)
		if m.offered {
			out = []key.Binding{choose, m.keys.Connect, m.keys.Choose, all, m.keys.Quit}
		}
	}
	if m.cluster.Kubeconfig != "" {
		out = append(out, m.keys.Copy)
	}
	return out
}
