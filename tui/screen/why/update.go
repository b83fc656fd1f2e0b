package why

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.back) && m.view != evidence:
		m.turn(evidence)
	case key.Matches(k, on.back):
		return screen.Back{}
	case key.Matches(k, on.refresh) && m.subject != (screen.Subject{}):
		return m.explain()
	case len(m.answers) > 0:
		return m.keyOfAnswer(k)
	}
	return nil
}

func (m *Model) keyOfAnswer(k tea.KeyPressMsg) screen.Intent {
	on := keys()
	switch {
	case key.Matches(k, on.fix):
		m.turn(remedy)
	case key.Matches(k, on.diff) && m.answer().After.Text != "":
		m.turn(changes)
	case key.Matches(k, on.scan) && m.answer().Stored:
		m.scan = !m.scan
		m.view = evidence
		return m.explain()
	case key.Matches(k, on.object):
		m.object = !m.object
		m.arrange()
	case key.Matches(k, on.other) && len(m.answers) > 1:
		m.show((m.at + 1) % len(m.answers))
		return m.lookForFix()
	case key.Matches(k, on.apply) && m.view == remedy:
		return m.apply()
	case key.Matches(k, on.copy) && m.view == remedy && m.fix != nil:
		return screen.Copy{What: "the fixed manifest", Text: m.fix.YAML}
	case key.Matches(k, on.up):
		m.pane.Lines(-1)
	case key.Matches(k, on.down):
		m.pane.Lines(1)
	case m.view != evidence && table.Scroll(k, &m.pane):
	case m.table.Key(k):
		m.arrange()
	}
	return nil
}

// turn changes what the lower part shows, or back to the evidence when it shows that already.
func (m *Model) turn(to view) {
	if m.view == to {
		to = evidence
	}
	m.view = to
	m.pane.Home()
	m.arrange()
}

// ask asks the learner before the fix is applied.
func (m *Model) ask() screen.Intent {
	if m.fix == nil || len(m.fix.Patch) == 0 {
		return screen.Tell{Text: "there is nothing to apply"}
	}
	a := m.answer()
	how := "It is changed in the cluster."
	expected := "Later steps of the lab may expect it as it was."
	switch {
	case !a.Stored:
		how, expected = "It is sent to the cluster with the change.", "Later steps of the lab may expect that it is not there."
	case a.Ref.Kind == "Pod":
		how = "A pod's spec cannot be changed: the pod is deleted and made anew."
	}
	var what []string
	for _, c := range m.fix.Changes {
		what = append(what, c.String())
		if c.Choose != "" {
			what = append(what, "  but "+c.Choose)
		}
	}
	return screen.Ask{
		Title: fmt.Sprintf("Apply the fix to %s %s?", text.Line(a.Ref.Kind), text.Line(a.Ref.String())),
		Text:  text.Clean(strings.Join(what, "\n")) + "\n" + how + " " + expected, Yes: "apply",
		Then: screen.Show{Screen: screen.Why, About: repair{}},
	}
}

// Wheel implements screen.Wheeler.
func (m *Model) Wheel(_, y, lines int) {
	if y < m.tableTop()+m.tableHeight() && m.view == evidence {
		m.table.Move(lines)
		m.arrange()
		return
	}
	m.pane.Lines(lines)
}

// Click implements screen.Clicker.
func (m *Model) Click(_, y int) screen.Intent {
	if m.view == evidence && m.table.Click(y-m.tableTop()) {
		m.arrange()
	}
	return nil
}
