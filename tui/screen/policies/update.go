package policies

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case !m.open:
		return m.keyOfList(k)
	case key.Matches(k, on.back):
		m.open, m.problem = false, ""
		m.arrange()
		return nil
	case key.Matches(k, on.next) && !m.subject.namespace:
		return m.turnTo((m.tab + 1) % tabCount)
	case key.Matches(k, on.before) && !m.subject.namespace:
		return m.turnTo((m.tab + tabCount - 1) % tabCount)
	case key.Matches(k, on.tabs) && !m.subject.namespace:
		return m.turnTo(tab(k.String()[0] - '1'))
	case key.Matches(k, on.whatIf):
		return m.turnTo(whatIf)
	case key.Matches(k, on.copy) && m.view != nil:
		return screen.Copy{What: "the policy's YAML", Text: m.view.YAML}
	case m.tab == whatIf:
		return m.keyOfPanel(k)
	case m.tab == matches:
		return m.keyOfMatches(k)
	}
	table.Scroll(k, &m.pane)
	return nil
}

func (m *Model) keyOfList(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case m.list.table.Key(k):
		m.list.moved = true
	case key.Matches(k, on.open), k.String() == "right", k.String() == "l":
		return m.enter()
	case key.Matches(k, on.whatIf):
		ask := m.enter()
		if ask != nil {
			m.tab = whatIf
			m.arrange()
		}
		return ask
	case k.String() == "esc":
		return screen.Back{}
	}
	return nil
}

// turnTo shows another view of the policy.
func (m *Model) turnTo(to tab) screen.Intent {
	m.tab = to
	m.pane.Home()
	m.arrange()
	if (to == matches || to == whatIf) && !m.matches.asked && !m.subject.namespace {
		return m.match()
	}
	return nil
}

func (m *Model) keyOfMatches(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	o, ok := m.matches.under()
	switch {
	case m.matches.table.Key(k), !ok:
	case key.Matches(k, on.why):
		return screen.Show{Screen: screen.Why, About: screen.Subject{
			Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Policy: m.subject.key, Rule: worst(o.Rules).Rule,
		}}
	case key.Matches(k, on.object):
		return screen.Show{Screen: screen.Objects, About: inspect.Ref{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}}
	}
	return nil
}

func (m *Model) keyOfPanel(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case k.String() == "up", k.String() == "k":
		m.panel.move(-1)
	case k.String() == "down", k.String() == "j":
		m.panel.move(1)
	case key.Matches(k, on.left):
		m.panel.turn(-1)
		return m.judge()
	case key.Matches(k, on.right):
		m.panel.turn(1)
		return m.judge()
	case m.panel.impact != nil && m.panel.table.Key(k):
	}
	m.arrange()
	return nil
}

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, _, lines int) {
	switch {
	case !m.open:
		m.list.table.Move(lines)
		m.list.moved = true
	case m.tab == matches:
		m.matches.table.Move(lines)
	case m.tab == whatIf:
		m.panel.table.Move(lines)
	default:
		m.pane.Lines(lines)
	}
}

// Click implements screen.Clicker: a row is chosen, and opened by the next click; a view is shown.
func (m *Model) Click(x, y int) screen.Intent {
	if m.open {
		if at, ok := m.tabAt(x); ok && y == 1 {
			return m.turnTo(at)
		}
		return nil
	}
	before := m.list.table.Cursor()
	if !m.list.table.Click(y-1) || m.list.table.Cursor() != before {
		return nil
	}
	return m.enter()
}
