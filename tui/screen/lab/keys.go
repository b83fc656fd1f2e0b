package lab

import (
	"charm.land/bubbles/v2/key"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/widget/scroll"
)

// KeyMap is the keys of the screen.
type KeyMap struct {
	Enter, Run, Check, Next, Back, Steps, Reset, Hint, Copy, Cancel, Leave key.Binding
	Apply, Edit, External, Restore, Why                                    key.Binding
	Choices, Above, Below                                                  key.Binding // of a question
	Stop, Store, SaveRun, Break                                            key.Binding // in the editor
	Tab, BackTab, Views, Zoom, Expand                                      key.Binding
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
		Apply:    bind([]string{"a"}, "a", "apply the solution"),
		Edit:     bind([]string{"i"}, "i", "edit the file"),
		External: bind([]string{"e"}, "e", "edit it in $EDITOR"),
		Restore:  bind([]string{"u"}, "u", "last good version"),
		Why:      bind([]string{"w"}, "w", "why that answer"),
		Choices:  bind([]string{"1", "2", "3", "4"}, "1–4", "what do you think?"),
		Above:    bind([]string{"up"}, "↑", "answer above"),
		Below:    bind([]string{"down"}, "↓", "answer below"),
		Stop:     bind([]string{"esc"}, "esc", "save and close"),
		Store:    bind([]string{"ctrl+s"}, "ctrl+s", "save"),
		SaveRun:  bind([]string{"ctrl+r"}, "ctrl+r", "save and run"),
		Break:    bind([]string{"ctrl+c"}, "ctrl+c", ""),
		Expand:   bind([]string{"x"}, "x", "all rows of the cluster"),
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
	switch {
	case m.editing:
		return []screen.Group{{Title: "Editor", Keys: m.editorKeys()}}
	case m.typing:
		return []screen.Group{{Title: "Command line", Keys: m.promptKeys()}}
	}
	k.Enter.SetHelp("enter", m.enter())
	k.Hint.SetEnabled(m.ladder() > 0 && !m.asking())
	k.Copy.SetEnabled(m.step().Command != "")
	k.Zoom.SetEnabled(m.spacious())
	k.Apply.SetEnabled(m.solutionShown())
	k.Choices.SetEnabled(m.asking())
	for _, b := range []*key.Binding{&k.Edit, &k.External, &k.Restore} {
		b.SetEnabled(m.step().Kind == labs.Edit)
	}
	return []screen.Group{
		{Title: "Step", Keys: []key.Binding{
			k.Enter, k.Choices, k.Run, k.Edit, k.External, k.Restore, k.Check, k.Next, k.Back, k.Steps, k.Hint, k.Apply, k.Why,
			k.Copy, k.Cancel,
		}},
		{Title: "Panes", Keys: []key.Binding{
			k.Tab, k.Views, k.Zoom, k.Expand, k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End, k.ShiftRight,
		}},
		{Title: "Lab", Keys: []key.Binding{k.Reset, k.Leave}},
	}
}

// editorKeys is the keys while a file is being written.
func (m *Model) editorKeys() []key.Binding {
	undo := key.NewBinding(key.WithKeys("ctrl+z"), key.WithHelp("ctrl+z", "undo"))
	redo := key.NewBinding(key.WithKeys("ctrl+y"), key.WithHelp("ctrl+y", "redo"))
	indent := key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab/shift+tab", "indent, dedent"))
	return []key.Binding{m.keys.SaveRun, m.keys.Stop, m.keys.Store, undo, redo, indent}
}

// promptKeys is the keys while a command is being typed.
func (m *Model) promptKeys() []key.Binding {
	bind := func(k, what string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, what)) }
	enter := "run"
	if m.passed() && m.prompt.Line() == "" {
		enter = m.enter()
	}
	return []key.Binding{
		bind("enter", enter), bind("tab", "complete"), bind("↑↓", "history"), bind("pgdn", "read on"),
		bind("ctrl+c", "stop, or clear"), bind("esc", "leave the line"), bind("ctrl+r", "search"),
	}
}

// enter names what the enter key does now.
func (m *Model) enter() string {
	last := m.pos >= len(m.lab.Steps)-1
	switch {
	case m.phase == Broken:
		return "try again"
	case m.asking():
		return "answer"
	case m.unread():
		return "more"
	case m.runnable() && !m.passed() && m.exploring():
		return "type commands"
	case m.runnable() && !m.passed() && m.step().Kind == labs.Edit && !m.touched:
		return "edit"
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

// further are the keys to what the pane that is read has no room for: more lines, and the columns of wide tables.
func (m *Model) further() []key.Binding {
	k := m.keys
	var out []key.Binding
	if m.panes[m.focus].Below() > 0 {
		k.PageDown.SetHelp("space", "more")
		out = append(out, k.PageDown)
	}
	if m.focus == Output && m.transcript.Wide(scroll.TextWidth(m.layout.rects[Output].w)) {
		k.ShiftRight.SetHelp("< >", "table")
		out = append(out, k.ShiftRight)
	}
	return out
}

// short is the keys of the bottom line, the most useful first; the enter key stands beside the command.
func (m *Model) short() []key.Binding {
	k := m.keys
	all := key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "keys"))
	switch {
	case m.editing:
		return m.editorKeys()
	case m.typing:
		return m.promptKeys()
	}
	if m.Busy() && m.phase == Open {
		k.Tab.SetHelp("tab", "pane")
		return []key.Binding{k.Cancel, k.Tab, all}
	}
	k.Next.SetHelp("n", "next")
	k.Back.SetHelp("p", "back")
	k.Tab.SetHelp("tab", "pane")
	k.Leave.SetHelp("q", "labs")
	find := key.NewBinding(key.WithKeys(":"), key.WithHelp(":", "find"))
	out := append(m.further(), k.Next)
	if m.width < narrow { // there is room for little else: what is left out stands there
		out = append(out, all)
		all.SetEnabled(false)
	} else {
		out = append(out, k.Back)
	}
	out = append(out, m.helpful()...)
	if !m.transcript.Empty() {
		k.Why.SetHelp("w", "why")
		out = append(out, k.Why)
	}
	k.Steps.SetHelp("s", "steps")
	out = append(out, all, k.Leave, k.Tab)
	if m.focus == Cluster {
		k.Expand.SetHelp("x", "all rows")
		out = append(out, k.Expand)
	}
	return append(out, find, k.Steps)
}

// helpful are the keys that help with a step that is not done: its hints, and what can be done about its file.
func (m *Model) helpful() []key.Binding {
	k := m.keys
	var out []key.Binding
	switch {
	case m.passed() || m.asking():
	case m.solutionShown():
		k.Apply.SetHelp("a", "apply")
		out = append(out, k.Apply)
	case m.rungs[m.pos] < m.ladder():
		out = append(out, k.Hint)
	}
	if m.step().Kind == labs.Edit && !m.passed() {
		k.External.SetHelp("e", "$EDITOR")
		out = append(out, k.External)
	}
	return out
}
