package why

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// keyMap is the keys of the screen beside those that move.
type keyMap struct {
	fix, apply, diff, other, object, scan, copy, refresh, back, up, down key.Binding
}

func keys() keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return keyMap{
		fix:     bind([]string{"f"}, "f", "fix"),
		apply:   bind([]string{"a"}, "a", "apply the fix"),
		diff:    bind([]string{"d"}, "d", "what was mutated"),
		other:   bind([]string{"n"}, "n", "next object"),
		object:  bind([]string{"tab"}, "tab", "policy/object"),
		scan:    bind([]string{"s"}, "s", "as it is/as if new"),
		copy:    bind([]string{"y"}, "y", "copy"),
		refresh: bind([]string{"r"}, "r", "judge again"),
		back:    bind([]string{"esc", "q"}, "esc", "back"),
		up:      bind([]string{"K", "shift+up", "ctrl+u"}, "K", "text up"),
		down:    bind([]string{"J", "shift+down", "ctrl+d"}, "J", "text down"),
	}
}

// short is the keys of the bottom line.
func (m *Model) short() []key.Binding {
	k := keys()
	var out []key.Binding
	if len(m.answers) > 1 {
		out = append(out, k.other)
	}
	switch {
	case len(m.answers) == 0:
		return []key.Binding{k.refresh, k.back}
	case m.view == remedy:
		k.fix.SetHelp("f", "evidence")
		if m.fix != nil && len(m.fix.Patch) > 0 {
			k.apply.SetHelp("a", m.applyHelp())
			out = append(out, k.apply, k.copy)
		}
		return append(out, k.fix, k.back)
	case m.view == changes:
		k.diff.SetHelp("d", "evidence")
		return append(out, k.diff, k.fix, k.back)
	}
	out = append(out, k.fix)
	if m.answer().After.Text != "" {
		out = append(out, k.diff)
	}
	if m.width < wide && m.decidedByPolicy() {
		out = append(out, k.object)
	}
	if m.answer().Stored {
		k.scan.SetHelp("s", "as it is")
		if m.scan {
			k.scan.SetHelp("s", "as if new")
		}
		out = append(out, k.scan)
	}
	return append(out, k.refresh, k.back)
}

// decidedByPolicy reports whether what is under the cursor stands in a policy, which can be shown beside the object.
func (m *Model) decidedByPolicy() bool {
	if len(m.items) == 0 {
		return false
	}
	_, known := m.answer().Policies[m.items[max(0, m.table.Cursor())].policy]
	return known
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := keys()
	return []screen.Group{
		{Title: "Why", Keys: []key.Binding{k.object, k.diff, k.scan, k.other, k.refresh, k.back}},
		{Title: "Fix", Keys: []key.Binding{k.fix, k.apply, k.copy}},
		{Title: "Move", Keys: append(table.Keys().All(), k.up, k.down)},
	}
}
