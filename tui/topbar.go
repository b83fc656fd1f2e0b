package tui

import (
	"fmt"
	"strings"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// The size from which the bar with the screens stands above them: below it, its line is of more use to them.
const (
	barWidth  = 60
	barHeight = 20
)

// barLines is the height of the bar.
func (m *Model) barLines() int {
	if onStage := m.stage != nil && m.at == screen.Lab; !onStage && m.width >= barWidth && m.height >= barHeight {
		return 1
	}
	return 0
}

// topBar names the screens and their keys; the one that is shown is marked. At its end stands the cluster.
func (m *Model) topBar() string {
	st, out := m.styles, ""
	if !m.layout().bare {
		out = st.Brand
	}
	x := text.Width(out)
	for _, t := range m.barTabs() {
		x = t.to
		switch {
		case t.shown:
			out += " " + st.HeadFocus.Render(style.Focus+t.label)
		case t.key == "":
			out += "  " + st.Head.Render(t.label)
		default:
			out += "  " + st.Key.Render(t.key) + " " + st.Head.Render(t.label)
		}
	}
	room := m.width - x - 2
	right := m.about.Fitted(room, st)
	if what := text.Line(m.working()); what != "" && text.Width(what)+2 <= room {
		right = st.Muted.Render(what + " " + text.Ellipsis)
	}
	return text.Ends(out, right+" ", m.width)
}

// barLayout is what the bar leaves out, so that the cluster is always named in it.
type barLayout struct{ bare, keyless bool }

// layout leaves out as little as it can: the app's name, then the names of the keys too.
func (m *Model) layout() barLayout {
	var keyless, keyed int
	for _, t := range tabs() {
		label := text.Width(m.label(t))
		keyless += 2 + label
		keyed += 2 + label
		if !m.isAt(t.name) {
			keyed += len(t.key) + 1
		}
	}
	named := text.Width(m.about.Line(m.styles))
	switch room := m.width - 2; {
	case text.Width(m.styles.Brand)+keyed+named <= room:
		return barLayout{}
	case keyed+min(named, enough) <= room:
		return barLayout{bare: true}
	}
	return barLayout{bare: true, keyless: true}
}

// enough is the room in which the name of most clusters, or a part of it, and how they are can be read.
const enough = 18

// barTab is a tab as it is drawn, with the columns that it takes.
type barTab struct {
	tab
	shown    bool
	from, to int
}

// barTabs lays the tabs out.
func (m *Model) barTabs() []barTab {
	leaves, x := m.layout(), 0
	if !leaves.bare {
		x = text.Width(m.styles.Brand)
	}
	var out []barTab
	for _, t := range tabs() {
		t.label, t.key = m.label(t), strings.ToUpper(t.key)
		if leaves.keyless {
			t.key = ""
		}
		b := barTab{tab: t, shown: m.isAt(t.name), from: x}
		x += 2 + text.Width(t.label)
		if !b.shown && t.key != "" {
			x += text.Width(t.key) + 1
		}
		b.to = x
		out = append(out, b)
	}
	return out
}

// label is what a tab is called now.
func (m *Model) label(t tab) string {
	if t.name == screen.Lab {
		return m.labLabel()
	}
	return t.label
}

// isAt reports whether a tab is the one shown: home stands behind the lab's.
func (m *Model) isAt(name screen.Name) bool {
	return m.at == name || name == screen.Lab && m.at == screen.Home
}

func (m *Model) labLabel() string {
	if m.lab == nil {
		return "Labs"
	}
	return fmt.Sprintf("Lab %d", m.lab.Lab().Number)
}

// tabAt is the screen whose tab is at a column of the bar.
func (m *Model) tabAt(x int) (screen.Name, bool) {
	for _, t := range m.barTabs() {
		if x >= t.from && x < t.to {
			return t.name, true
		}
	}
	return "", false
}
