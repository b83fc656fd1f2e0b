package policies

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// keyMap is the keys of the screen beside those that move.
type keyMap struct {
	open, back, next, before, tabs, left, right, why, object, copy, whatIf key.Binding
}

func keys() keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return keyMap{
		open:   bind([]string{"enter"}, "enter", "open"),
		back:   bind([]string{"esc", "backspace"}, "esc", "back"),
		next:   bind([]string{"tab"}, "tab", "next view"),
		before: bind([]string{"shift+tab"}, "shift+tab", "view before"),
		tabs:   bind([]string{"1", "2", "3", "4", "5"}, "1–5", "that view"),
		left:   bind([]string{"left", "h"}, "←", "value before"),
		right:  bind([]string{"right", "l", "enter"}, "→", "next value"),
		why:    bind([]string{"w"}, "w", "why"),
		object: bind([]string{"enter"}, "enter", "the object"),
		copy:   bind([]string{"y"}, "y", "copy the YAML"),
		whatIf: bind([]string{"i"}, "i", "what if"),
	}
}

// short is the keys of the bottom line.
func (m *Model) short() []key.Binding {
	k := keys()
	switch {
	case !m.open:
		return []key.Binding{k.open, k.whatIf, k.back}
	case m.tab == whatIf:
		choose := key.NewBinding(key.WithKeys("up"), key.WithHelp("↑↓", "choose"))
		change := key.NewBinding(key.WithKeys("left"), key.WithHelp("←→", "change"))
		out := []key.Binding{choose, change}
		if !m.subject.namespace {
			out = append(out, k.next)
		}
		return append(out, k.back)
	case m.tab == matches:
		return []key.Binding{k.object, k.why, k.next, k.whatIf, k.back}
	}
	return []key.Binding{k.next, k.tabs, k.whatIf, k.copy, k.back}
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := keys()
	return []screen.Group{
		{Title: "Policies", Keys: []key.Binding{k.open, k.back, k.next, k.before, k.tabs, k.whatIf}},
		{Title: "What it matches", Keys: []key.Binding{k.object, k.why, k.copy}},
		{Title: "What if", Keys: []key.Binding{k.left, k.right}},
		{Title: "Move", Keys: table.Keys().All()},
	}
}
