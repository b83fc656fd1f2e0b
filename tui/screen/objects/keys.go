package objects

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// keyMap is the keys of the screen beside those that move.
type keyMap struct {
	open, back, search, namespace, all, why, events, fold, copy, refresh key.Binding
}

func keys() keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return keyMap{
		open:      bind([]string{"enter", "right", "l"}, "enter", "open"),
		back:      bind([]string{"esc", "left", "h", "backspace"}, "esc", "back"),
		search:    bind([]string{"/"}, "/", "search"),
		namespace: bind([]string{"n"}, "n", "namespace"),
		all:       bind([]string{"0"}, "0", "all namespaces"),
		why:       bind([]string{"w"}, "w", "why"),
		events:    bind([]string{"e", "tab"}, "e", "events"),
		fold:      bind([]string{"m"}, "m", "managed fields"),
		copy:      bind([]string{"y"}, "y", "copy the YAML"),
		refresh:   bind([]string{"r"}, "r", "ask again"),
	}
}

// short is the keys of the bottom line.
func (m *Model) short() []key.Binding {
	k := keys()
	switch m.at {
	case kinds:
		return []key.Binding{k.open, k.search, k.back, k.refresh}
	case list:
		return []key.Binding{k.open, k.why, k.namespace, k.all, k.search, k.back}
	}
	events := k.events
	if m.view.events {
		events.SetHelp("e", "YAML")
	}
	return []key.Binding{events, k.why, k.fold, k.copy, k.back}
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := keys()
	return []screen.Group{
		{Title: "Objects", Keys: []key.Binding{k.open, k.back, k.search, k.namespace, k.all, k.refresh}},
		{Title: "An object", Keys: []key.Binding{k.why, k.events, k.fold, k.copy}},
		{Title: "Move", Keys: table.Keys().All()},
	}
}
