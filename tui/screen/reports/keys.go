package reports

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// keyMap is the keys of the screen beside those that move.
type keyMap struct {
	open, back, by, all, search, blocked, differ, why, copy key.Binding
}

func keys() keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return keyMap{
		open:    bind([]string{"enter", "right", "l"}, "enter", "open"),
		back:    bind([]string{"esc", "left", "h", "backspace"}, "esc", "back"),
		by:      bind([]string{"b"}, "b", "group by"),
		all:     bind([]string{"a"}, "a", "all lines"),
		search:  bind([]string{"/"}, "/", "search"),
		blocked: bind([]string{"x", "tab"}, "x", "blocked requests"),
		differ:  bind([]string{"d"}, "d", "not as predicted"),
		why:     bind([]string{"w"}, "w", "why"),
		copy:    bind([]string{"y"}, "y", "copy the message"),
	}
}

// short is the keys of the bottom line.
func (m *Model) short() []key.Binding {
	k := keys()
	switch m.at {
	case groups:
		k.by.SetHelp("b", "by "+m.next().String())
		return []key.Binding{k.open, k.by, k.search, k.all, k.blocked, k.back}
	case lines:
		return []key.Binding{k.open, k.why, k.search, k.blocked, k.back}
	case blocked:
		k.blocked.SetHelp("x", "reports")
		return []key.Binding{k.open, k.why, k.blocked, k.back}
	}
	return []key.Binding{k.why, k.copy, k.back}
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := keys()
	return []screen.Group{
		{Title: "Reports", Keys: []key.Binding{k.open, k.back, k.by, k.all, k.search, k.blocked, k.differ}},
		{Title: "A line", Keys: []key.Binding{k.why, k.copy}},
		{Title: "Move", Keys: table.Keys().All()},
	}
}
