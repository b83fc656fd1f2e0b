package objects

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	if p := m.part(); p != nil {
		if p.search.Key(k) {
			m.refilter()
			return nil
		}
		if p.table.Key(k) {
			return nil
		}
	}
	switch m.at {
	case kinds:
		return m.keyOfKinds(k)
	case list:
		return m.keyOfList(k)
	}
	return m.keyOfObject(k)
}

func (m *Model) keyOfKinds(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.open):
		if kind, ok := m.kinds.under(); ok {
			return m.open(kind)
		}
	case key.Matches(k, on.refresh):
		return m.count()
	case k.String() == "esc":
		return screen.Back{}
	}
	return nil
}

func (m *Model) keyOfList(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	row, ok := m.list.under()
	switch {
	case key.Matches(k, on.open) && ok:
		return m.read(m.ref(row))
	case key.Matches(k, on.why) && ok:
		return m.why(m.ref(row))
	case key.Matches(k, on.back):
		m.at, m.problem = kinds, ""
		return m.count()
	case key.Matches(k, on.refresh):
		return m.ask()
	case key.Matches(k, on.all):
		return m.SetAbout(Filter{})
	case key.Matches(k, on.namespace):
		return m.chooseNamespace()
	}
	return nil
}

// ref names the object of a row.
func (m *Model) ref(row inspect.Row) inspect.Ref {
	return inspect.Ref{Kind: m.kind.Ref(), Namespace: row.Namespace, Name: row.Name}
}

func (m *Model) why(ref inspect.Ref) screen.Intent {
	return screen.Show{Screen: screen.Why, About: screen.Subject{Kind: ref.Kind, Namespace: ref.Namespace, Name: ref.Name}}
}

// chooseNamespace offers the namespaces, all of them first.
func (m *Model) chooseNamespace() screen.Intent {
	if !m.kind.Namespaced {
		return screen.Tell{Text: "a " + text.Line(m.kind.Kind) + " is in no namespace"}
	}
	out := screen.Choose{Title: "Namespace", Items: []screen.Item{{Text: "all namespaces", Then: show(Filter{})}}}
	for i, name := range m.spaces {
		out.Items = append(out.Items, screen.Item{Text: name, Then: show(Filter{Namespace: name})})
		if name == m.namespace {
			out.Cursor = i + 1
		}
	}
	return out
}

func show(f Filter) screen.Intent { return screen.Show{Screen: screen.Objects, About: f} }

func (m *Model) keyOfObject(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.back):
		return m.leave()
	case key.Matches(k, on.why):
		return m.why(m.view.Ref)
	case key.Matches(k, on.events):
		m.view.events = !m.view.events
		m.view.write(m.width, m.styles)
		m.view.pane.Home()
	case key.Matches(k, on.fold):
		m.view.unfolded = !m.view.unfolded
		m.view.write(m.width, m.styles)
	case key.Matches(k, on.copy) && m.view.YAML != "":
		return screen.Copy{What: "the YAML of " + text.Line(m.view.Name), Text: m.view.YAML}
	case key.Matches(k, on.refresh):
		return m.read(m.view.Ref)
	default:
		table.Scroll(k, &m.view.pane)
	}
	return nil
}

// leave goes back to the list that the object is from, or to where the learner came from.
func (m *Model) leave() screen.Intent {
	m.problem = ""
	if m.kind.Resource == "" {
		m.at = kinds
		return screen.Back{}
	}
	m.at = list
	return m.ask()
}

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, _, lines int) {
	if p := m.part(); p != nil {
		p.table.Move(lines)
		return
	}
	m.view.pane.Lines(lines)
}

// Click implements screen.Clicker: a row is chosen, and opened by the next click.
func (m *Model) Click(_, y int) screen.Intent {
	p := m.part()
	if p == nil {
		return nil
	}
	before := p.table.Cursor()
	if !p.table.Click(y-1) || p.table.Cursor() != before {
		return nil
	}
	return m.Key(tea.KeyPressMsg{Code: tea.KeyEnter})
}
