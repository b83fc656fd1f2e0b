package reports

import (
	"regexp"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/kube"
	"podsec/tui/screen"
	"podsec/tui/widget/table"
)

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	if m.at == lines && m.search.Key(k) {
		m.relist()
		return nil
	}
	if t := m.shown(); t != nil && t.Key(k) {
		return nil
	}
	switch m.at {
	case groups:
		return m.keyOfGroups(k)
	case lines:
		return m.keyOfLines(k)
	case blocked:
		return m.keyOfBlocked(k)
	}
	return m.keyOfText(k)
}

func (m *Model) keyOfGroups(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.open) && len(m.groups.all) > 0:
		m.list(m.groups.under(), false)
	case key.Matches(k, on.all):
		m.list("", true)
	case key.Matches(k, on.search):
		m.list("", true)
		m.search.Key(k)
	case key.Matches(k, on.by):
		m.by = m.next()
		m.regroup()
		m.groups.table.Select(0)
	case key.Matches(k, on.blocked):
		m.to(blocked)
	case key.Matches(k, on.differ):
		return m.differing()
	case k.String() == "esc":
		return screen.Back{}
	}
	return nil
}

// next is the grouping after the one shown; that by predictions is there with a forecast.
func (m *Model) next() grouping {
	by := (m.by + 1) % groupings
	if by == byPrediction && m.index.scanned == nil {
		by = (by + 1) % groupings
	}
	return by
}

// list goes to the lines of a group, or to all.
func (m *Model) list(group string, whole bool) {
	m.lines.group, m.lines.whole = group, whole
	m.search.Clear()
	m.at = lines
	m.relist()
	m.lines.table.Select(0)
}

func (m *Model) to(at level) {
	m.at = at
	m.pane.Home()
	m.arrange()
}

func (m *Model) keyOfLines(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	l, ok := m.lines.under()
	switch {
	case key.Matches(k, on.open) && ok:
		m.lines.open = l
		m.to(detail)
		return m.explain()
	case key.Matches(k, on.why) && ok:
		return l.why()
	case key.Matches(k, on.blocked):
		m.to(blocked)
	case key.Matches(k, on.differ):
		return m.differing()
	case key.Matches(k, on.back):
		m.to(groups)
	}
	return nil
}

// why goes to the screen that explains the line's object.
func (l line) why() screen.Intent {
	return screen.Show{Screen: screen.Why, About: screen.Subject{
		Kind: l.Kind, Namespace: l.Namespace, Name: l.Name, Policy: l.Policy, Rule: l.Rule,
	}}
}

func (m *Model) keyOfBlocked(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	e, ok := m.events.under()
	switch {
	case key.Matches(k, on.open) && ok:
		m.events.open = e
		m.to(refusal)
	case key.Matches(k, on.why) && ok:
		return whyBlocked(e)
	case key.Matches(k, on.back), key.Matches(k, on.blocked):
		m.to(groups)
	}
	return nil
}

// blockedRE finds the object in Kyverno's message about a blocked request.
var blockedRE = regexp.MustCompile(`^(\w+) (?:([^/\s]+)/)?([^:\s]+): \[`)

// whyBlocked goes to the screen that explains the object of a blocked request.
func whyBlocked(e kube.Event) screen.Intent {
	found := blockedRE.FindStringSubmatch(e.Message)
	if found == nil {
		return screen.Tell{Text: "the event does not name the object"}
	}
	return screen.Show{Screen: screen.Why, About: screen.Subject{
		Kind: found[1], Namespace: found[2], Name: found[3], Policy: policyOf(e), Refused: e.Message,
	}}
}

func (m *Model) keyOfText(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.back):
		return m.leave()
	case key.Matches(k, on.why) && m.at == refusal:
		return whyBlocked(m.events.open)
	case key.Matches(k, on.why):
		return m.lines.open.why()
	case key.Matches(k, on.copy):
		message := m.lines.open.Message
		if m.at == refusal {
			message = m.events.open.Message
		}
		return screen.Copy{What: "the message", Text: message}
	default:
		table.Scroll(k, &m.pane)
	}
	return nil
}

// leave goes back from a text to the list that it is of.
func (m *Model) leave() screen.Intent {
	if m.at == refusal {
		m.to(blocked)
		return nil
	}
	m.at = lines
	m.relist()
	return m.wait()
}

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, _, lines int) {
	if t := m.shown(); t != nil {
		t.Move(lines)
		return
	}
	m.pane.Lines(lines)
}

// Click implements screen.Clicker: a row is chosen, and opened by the next click.
func (m *Model) Click(x, y int) screen.Intent {
	if left, _ := m.columns(); m.at == groups && x >= left && left < m.width {
		m.to(blocked)
		return nil
	}
	t := m.shown()
	if t == nil {
		return nil
	}
	before := t.Cursor()
	if !t.Click(y-m.top()) || t.Cursor() != before {
		return nil
	}
	return m.Key(tea.KeyPressMsg{Code: tea.KeyEnter})
}
