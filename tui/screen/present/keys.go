package present

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
)

// keyMap is the keys of the screen. A clicker sends some of them.
type keyMap struct {
	next, back, run, answer, edit, again, why, stop     key.Binding
	forth, before, steps, reset                         key.Binding
	black, timer, up, down, left, right, types, theQuit key.Binding
	help, find                                          key.Binding
}

func defaultKeys() keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return keyMap{
		next:    bind([]string{"space", "pgdown", "right"}, "space/→/pgdn", "go on; types a command, then runs it"),
		back:    bind([]string{"pgup", "left", "backspace"}, "←/pgup", "back"),
		run:     bind([]string{"enter"}, "enter", "run the command, or go on"),
		answer:  bind([]string{"1", "2", "3", "4"}, "1–4", "what the room says"),
		edit:    bind([]string{"e", "i"}, "e", "change the file; ctrl+r runs it"),
		again:   bind([]string{"r"}, "r", "run it, again too"),
		why:     bind([]string{"w"}, "w", "why that answer"),
		stop:    bind([]string{"esc", "ctrl+c"}, "esc", "stop what runs"),
		forth:   bind([]string{"n"}, "n", "next step"),
		before:  bind([]string{"p"}, "p", "step before"),
		steps:   bind([]string{"s"}, "s", "all steps"),
		reset:   bind([]string{"R"}, "R", "start the lab over"),
		black:   bind([]string{"b", "."}, "b/.", "black screen"),
		timer:   bind([]string{"t"}, "t", "hide or show the clock"),
		up:      bind([]string{"up", "k"}, "↑/k", "up a line"),
		down:    bind([]string{"down", "j"}, "↓/j", "down a line"),
		left:    bind([]string{"<", "shift+left"}, "<", "tables to the left"),
		right:   bind([]string{">", "shift+right"}, "< >", "move wide tables"),
		types:   bind([]string{"a"}, "any letter", "types some of a command"),
		theQuit: bind([]string{"q"}, "q", "leave; you come back to this step"),
		help:    bind([]string{"?"}, "?", ""),
		find:    bind([]string{":"}, ":", ""),
	}
}

// is reports whether a key is one of a binding.
func (keyMap) is(k tea.KeyPressMsg, b key.Binding) bool { return key.Matches(k, b) }

// reserved reports whether a key that prints does something else at a command that nobody began to type.
func (m keyMap) reserved(k tea.KeyPressMsg) bool {
	return key.Matches(k, m.next, m.black, m.theQuit, m.help, m.find)
}

// Keys implements screen.Component.
func (m *Model) Keys() []screen.Group {
	if m.bench.Editing() {
		return m.bench.Keys()
	}
	k := m.keys
	k.answer.SetEnabled(m.stepNow().Question != nil)
	k.edit.SetEnabled(m.stepNow().Kind == labs.Edit)
	return []screen.Group{
		{Title: "Show", Keys: []key.Binding{k.next, k.back, k.run, k.types, k.answer, k.edit, k.again, k.why, k.stop}},
		{Title: "Steps", Keys: []key.Binding{k.forth, k.before, k.steps, k.reset, k.theQuit}},
		{Title: "Screen", Keys: []key.Binding{k.black, k.timer, k.up, k.down, k.right}},
	}
}
