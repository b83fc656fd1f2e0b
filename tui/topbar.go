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
	st := m.styles
	out := st.Brand.Render("podsec")
	for _, t := range m.barTabs() {
		if t.shown {
			out += " " + st.HeadFocus.Render(style.Focus+t.label)
		} else {
			out += "  " + st.Key.Render(t.key) + " " + st.Head.Render(t.label)
		}
	}
	right := m.about.Line(st)
	if what := m.working(); what != "" {
		right = st.Muted.Render(text.Line(what) + " " + text.Ellipsis)
	}
	if room := m.width - text.Width(out) - 2; text.Width(right) > room {
		right = m.about.State(st)
	}
	return text.Ends(out, right+" ", m.width)
}

// barTab is a tab as it is drawn, with the columns that it takes.
type barTab struct {
	tab
	shown    bool
	from, to int
}

// barTabs lays the tabs out: there is room for the names of keys, or only for those of the screens.
func (m *Model) barTabs() []barTab {
	x := text.Width(m.styles.Brand.Render("podsec"))
	var out []barTab
	for _, t := range tabs() {
		if t.name == screen.Lab {
			t.label = m.labLabel()
		}
		t.key = strings.ToUpper(t.key)
		b := barTab{tab: t, shown: m.isAt(t.name), from: x}
		x += 2 + text.Width(t.label)
		if !b.shown {
			x += text.Width(t.key) + 1
		}
		b.to = x
		out = append(out, b)
	}
	return out
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
