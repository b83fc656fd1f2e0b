package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
)

// openPalette opens the list of everything that can be done and gone to.
func (m *Model) openPalette() tea.Cmd {
	items := m.actions()
	items = append(items, m.places()...)
	items = append(items, m.looks()...)
	items = append(items, m.allSteps()...)
	m.dialogs = append(m.dialogs, dialog.NewPalette(items))
	return nil
}

// actions are what keys do on the screen that is shown.
func (m *Model) actions() []screen.Item {
	var out []screen.Item
	for _, g := range m.current().Keys() {
		for _, b := range g.Keys {
			if !b.Enabled() || len(b.Keys()) == 0 || b.Help().Desc == "" || moves(b.Keys()[0]) {
				continue
			}
			out = append(out, screen.Item{
				Text: g.Title + ": " + b.Help().Desc, Note: b.Help().Key, Then: screen.Press{Key: b.Keys()[0]},
			})
		}
	}
	return out
}

// moves reports whether a key only moves what is seen.
func moves(key string) bool {
	return strings.Contains(" up down left right pgup pgdown home end tab shift+tab 1 < > ↑↓ pgup/pgdn shift+←→ ", " "+key+" ")
}

// places are the screens, and what the app itself does.
func (m *Model) places() []screen.Item {
	var out []screen.Item
	for _, t := range tabs() {
		label := t.label
		if t.name == screen.Lab {
			label = m.labLabel()
		}
		out = append(out, screen.Item{Text: "Screen: " + label, Note: strings.ToUpper(t.key), Then: screen.Show{Screen: t.name}})
	}
	if m.lab != nil {
		out = append(out, screen.Item{Text: "Screen: all labs", Then: screen.Leave{}})
	}
	return append(out,
		screen.Item{Text: "App: all keys", Note: "F1", Then: screen.Press{Key: "f1"}},
		screen.Item{Text: "App: draw again", Note: "ctrl+l", Then: screen.Press{Key: "ctrl+l"}},
		screen.Item{Text: "App: suspend", Note: "ctrl+z", Then: screen.Press{Key: "ctrl+z"}},
		screen.Item{Text: "App: quit", Note: "ctrl+c", Then: screen.Quit{}},
	)
}

// allSteps are the labs and their steps; those of the open lab come first.
func (m *Model) allSteps() []screen.Item {
	var here, others []screen.Item
	for i, l := range m.opts.Labs {
		p := m.summary(i)
		lab := screen.Item{
			Text: "Lab " + labTitle(l), Note: fmt.Sprintf("%d/%d", p.Done, screen.Required(l)), Then: screen.OpenLab{Index: i},
		}
		open := m.lab != nil && i == m.labAt
		if !open {
			others = append(others, lab)
		}
		for j, s := range l.Steps {
			item := screen.Item{Text: fmt.Sprintf("Step %d.%d %s", l.Number, j+1, s.Title), Then: screen.OpenLab{Index: i, Step: j + 1}}
			if open {
				item.Then = m.lab.GoTo(j)
				here = append(here, item)
				continue
			}
			others = append(others, item)
		}
	}
	return append(here, others...)
}

// pressed is the message of a key by its name.
func pressed(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace, "f1": tea.KeyF1,
	}
	var k tea.Key
	for {
		switch {
		case strings.HasPrefix(name, "ctrl+"):
			k.Mod |= tea.ModCtrl
			name = name[len("ctrl+"):]
			continue
		case strings.HasPrefix(name, "shift+"):
			k.Mod |= tea.ModShift
			name = name[len("shift+"):]
			continue
		}
		break
	}
	if code, ok := special[name]; ok {
		k.Code = code
		return tea.KeyPressMsg(k)
	}
	if r := []rune(name); len(r) == 1 {
		k.Code = r[0]
		if k.Mod == 0 {
			k.Text = name
		}
	}
	return tea.KeyPressMsg(k)
}
