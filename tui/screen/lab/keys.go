package lab

import (
	"charm.land/bubbles/v2/key"

	"podsec/tui/screen"
)

// KeyMap is the keys of the screen.
type KeyMap struct {
	Enter, Run, Check, Next, Back, Steps, Reset, Hint, Copy, Cancel, Leave key.Binding
	Tab, BackTab, Views, Zoom                                              key.Binding
	Up, Down, PageUp, PageDown, Home, End, ShiftLeft, ShiftRight           key.Binding
}

// DefaultKeys returns the keys of the screen.
func DefaultKeys() KeyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return KeyMap{
		Enter:    bind([]string{"enter"}, "enter", "run"),
		Run:      bind([]string{"r"}, "r", "run, again too"),
		Check:    bind([]string{"c"}, "c", "check without running"),
		Next:     bind([]string{"n", "right"}, "n/→", "next step"),
		Back:     bind([]string{"p", "left"}, "p/←", "step back"),
		Steps:    bind([]string{"s"}, "s", "all steps"),
		Reset:    bind([]string{"R"}, "R", "reset the lab"),
		Hint:     bind([]string{"h"}, "h", "hint"),
		Copy:     bind([]string{"y"}, "y", "copy the command"),
		Cancel:   bind([]string{"esc", "ctrl+c"}, "esc", "stop"),
		Leave:    bind([]string{"q", "esc"}, "q/esc", "labs"),
		Tab:      bind([]string{"tab"}, "tab/shift+tab", "other pane"),
		BackTab:  bind([]string{"shift+tab"}, "shift+tab", "pane before"),
		Views:    bind([]string{"1", "2", "3", "4"}, "1–4", "that pane"),
		Zoom:     bind([]string{"z"}, "z", "this pane alone"),
		Up:       bind([]string{"up", "k"}, "↑/k", "up"),
		Down:     bind([]string{"down", "j"}, "↓/j", "down"),
		PageUp:   bind([]string{"pgup", "b"}, "pgup/b", "page up"),
		PageDown: bind([]string{"pgdown", "space"}, "pgdn/space", "page down"),
		Home:     bind([]string{"home", "g"}, "home/g", "to the start"),
		End:      bind([]string{"end", "G"}, "end/G", "to the end"),

		ShiftLeft:  bind([]string{"<", "shift+left"}, "<", "tables to the left"),
		ShiftRight: bind([]string{">", "shift+right"}, "< >", "move wide tables"),
	}
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	k := m.keys
	k.Enter.SetHelp("enter", m.enter())
	k.Hint.SetEnabled(len(m.step().Hints) > 0)
	k.Copy.SetEnabled(m.step().Command != "")
	k.Zoom.SetEnabled(m.spacious())
	return []screen.Group{
		{Title: "Step", Keys: []key.Binding{k.Enter, k.Run, k.Check, k.Next, k.Back, k.Steps, k.Hint, k.Copy, k.Cancel}},
		{Title: "Panes", Keys: []key.Binding{
			k.Tab, k.Views, k.Zoom, k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End, k.ShiftRight,
		}},
		{Title: "Lab", Keys: []key.Binding{k.Reset, k.Leave}},
	}
}

// enter names what the enter key does now.
func (m *Model) enter() string {
	last := m.pos >= len(m.lab.Steps)-1
	switch {
	case m.phase == Broken:
		return "try again"
	case m.runnable() && !m.passed():
		return "run"
	case last:
		return "finish"
	}
	return "next"
}

// runnable reports whether the current step has something to run or to check.
func (m *Model) runnable() bool {
	s := m.step()
	return s.Command != "" || len(s.Checks) > 0
}

// short is the keys of the bottom line, the most useful first; the enter key stands beside the command.
func (m *Model) short() []key.Binding {
	k := m.keys
	all := key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "keys"))
	if m.Busy() && m.phase == Open {
		k.Tab.SetHelp("tab", "pane")
		return []key.Binding{k.Cancel, k.Tab, all}
	}
	k.Next.SetHelp("n", "next")
	k.Back.SetHelp("p", "back")
	k.Tab.SetHelp("tab", "pane")
	k.Leave.SetHelp("q", "labs")
	out := []key.Binding{k.Next, k.Back, all, k.Tab}
	if m.rungs[m.pos] < len(m.step().Hints) {
		out = append(out, k.Hint)
	}
	k.Steps.SetHelp("s", "steps")
	return append(out, k.Steps, k.Leave)
}
