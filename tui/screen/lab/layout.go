package lab

import "podsec/tui/widget/scroll"

const (
	// sideBySide is the width from which the panes stand side by side.
	sideBySide = 120
	// narrow is the width below which few keys have room.
	narrow = 60
	// tall is the height from which there is room for rules and for more than one line of a command.
	tall = 20
)

// headLines is the height of the screen's head: the lab, unless a bar stands above, and the step.
func (m *Model) headLines() int {
	if m.bare {
		return 1
	}
	return 2
}

// SetBare says that the app's name and the cluster stand above the screen already.
func (m *Model) SetBare(bare bool) { m.bare = bare }

// layout is where the parts are drawn, without their heads.
type layout struct {
	rects [4]rect // empty for a part that is not on the screen
	left  int     // width of the left column, 0 when there is only one
}

type rect struct{ x, y, w, h int }

func (l layout) at(x, y int) (Focus, bool) {
	for f, r := range l.rects {
		if r.h > 0 && x >= r.x && x < r.x+r.w && y >= r.y-1 && y < r.y+r.h {
			return Focus(f), true
		}
	}
	return 0, false
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) {
	m.width, m.height, m.stale = width, height, true
	m.arrange()
}

// spacious reports whether there is room for panes side by side.
func (m *Model) spacious() bool { return m.width >= sideBySide && m.height >= tall }

// tabbed reports whether one part is shown at a time.
func (m *Model) tabbed() bool { return !m.spacious() || m.zoom }

// views are the parts to go through with the tab key. Side by side, the file stands under the explanation.
func (m *Model) views() []Focus {
	if m.tabbed() && m.step().File != "" {
		return []Focus{Read, File, Output, Cluster}
	}
	return []Focus{Read, Output, Cluster}
}

// arrange lays the parts out for the size, the step and the focus.
func (m *Model) arrange() {
	if m.focus == File && !m.editing && (!m.tabbed() || m.step().File == "") {
		m.focus = Read
	}
	m.layout = layout{}
	if m.tabbed() {
		body := m.height - m.headLines() - 1 - m.stripHeight(m.width) - 1
		m.layout.rects[m.focus] = rect{0, m.headLines() + 1, m.width, max(0, body)}
	} else {
		m.arrangeColumns()
	}
	for f, r := range m.layout.rects {
		if r.h > 0 {
			m.panes[f].SetSize(r.w, r.h)
		}
	}
}

// arrangeColumns gives the cluster the right column, and shares the left one between explanation and output: the
// explanation gets what it needs up to a bit more than half, more where the output leaves lines empty, and nearly all
// before the step is run, when what is below is of the steps before.
func (m *Model) arrangeColumns() {
	body := m.height - m.headLines() - 1
	left := min(m.width*58/100, 110)
	if m.editing {
		left = m.width * 42 / 100 // the file is as wide as it can be beside what is said of it
	}
	right := m.width - left - 1
	aside := Cluster
	if m.editing {
		aside = File
	}
	m.layout.left = left
	room := body - 2 - m.stripHeight(left)
	need := len(m.readLines(scroll.TextWidth(left)))
	share := room * 58 / 100
	switch {
	case m.transcript.Empty() || m.fresh() && m.focus != Output:
		share = room - 3
	case !m.Busy(): // what runs may print more
		share = max(share, room-1-len(m.outputLines(scroll.TextWidth(left))))
	}
	read := max(4, min(need+1, share))
	m.layout.rects[Read] = rect{0, m.headLines() + 1, left, read}
	m.layout.rects[Output] = rect{0, m.headLines() + 1 + read + 1, left, max(0, room-read)}
	m.layout.rects[aside] = rect{left + 1, m.headLines() + 1, right, body - 1}
}

// fresh reports whether the current step was not run yet, and does not run.
func (m *Model) fresh() bool {
	_, ran := m.outcomes[m.pos]
	return !ran && !m.Busy()
}

// refresh makes the texts of the parts on the screen again.
func (m *Model) refresh() {
	if !m.stale {
		return
	}
	m.stale = false
	for f, r := range m.layout.rects {
		if r.h > 0 {
			m.panes[f].SetLines(m.lines(Focus(f), scroll.TextWidth(r.w), r.h))
		}
	}
}
