// Package cluster shows the live state of a cluster: policies, workloads, reports, the namespaces' Pod Security labels
// and the requests that were blocked; and what changed since a moment that the learner cares about.
package cluster

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
)

// View is what is shown.
type View struct {
	State kube.State
	// Base is the state to compare with: rows that are new, changed or gone since then are marked.
	Base kube.State
	// Height is the number of lines to keep to by leaving out rows that did not change; 0 shows everything.
	Height int
	// All shows the rows too that are only counted otherwise.
	All bool
}

// maxRows is how many rows of a section are drawn at most: a cluster may have tens of thousands.
const maxRows = 120

// Board is a state that was compared with an earlier one. It is kept as long as neither state changes: comparing looks at
// every object, drawing at those that are shown.
type Board struct{ sections []section }

// NewBoard compares a state with an earlier one.
func NewBoard(state, base kube.State) *Board {
	return &Board{sections: sectionsOf(View{State: state, Base: base})}
}

// Render is the board as lines of exactly width cells: at most height of them by leaving out rows that did not change,
// any number when height is 0. all shows the rows too that are only counted otherwise.
func (b *Board) Render(height int, all bool, width int, st style.Styles) []string {
	if width <= 0 {
		return nil
	}
	first := maxRows
	if height > 0 {
		first = min(first, height)
	}
	chosen := make([]choice, len(b.sections))
	for i, s := range b.sections {
		chosen[i] = s.choose(first, all)
	}
	for _, most := range []int{first, 10, 6, 4, 2, 1, 0} {
		tall := len(chosen) - 1 // the lines between them
		for i := range chosen {
			chosen[i].keep(most)
			tall += chosen[i].height(width)
		}
		if height <= 0 || tall <= height {
			break
		}
	}
	return lay(chosen, width, st)
}

// Changes is the number of rows that Render marks.
func (b *Board) Changes() int {
	n := 0
	for _, s := range b.sections {
		for _, e := range s.entries {
			if e.mark != same && !e.silent {
				n++
			}
		}
	}
	return n
}

// Render returns the state as lines of exactly width cells.
func Render(v View, width int, st style.Styles) []string {
	return NewBoard(v.State, v.Base).Render(v.Height, v.All, width, st)
}

// Changes is the number of rows that Render marks.
func Changes(v View) int { return NewBoard(v.State, v.Base).Changes() }

// FirstChange is the index of the first marked line of what Render returned, -1 when there is none.
func FirstChange(lines []string) int {
	for i, line := range lines {
		mark, _, _ := strings.Cut(ansi.Strip(line), " ")
		if mark == style.Added || mark == style.Changed || mark == style.Removed {
			return i
		}
	}
	return -1
}

// section is one kind of thing: its objects, and a sum at the right of its title.
type section struct {
	title   string
	sum     func(st style.Styles) string // nil for none
	entries []entry
	row     func(e entry) row // of an entry, when it is drawn
	empty   string            // shown when there are no objects
}

// row is one object as it is drawn.
type row struct {
	name  string
	value func(st style.Styles) string // in colour
	more  string                       // a longer text under the name
}

func lay(sections []choice, width int, st style.Styles) []string {
	var out []string
	for i, s := range sections {
		if i > 0 {
			out = append(out, text.Spaces(width))
		}
		sum := ""
		if s.sum != nil {
			sum = s.sum(st)
		}
		out = append(out, text.Ends(st.Strong.Render(s.title), sum, width))
		out = append(out, s.lines(width, st)...)
	}
	return out
}

func (r row) lines(m mark, width int, st style.Styles) []string {
	before, name := "  ", r.name
	switch m {
	case gone:
		before, name = st.Bad.Render(m.symbol())+" ", st.Faint.Struck().Render(name)
		return []string{text.Ends(before+name, st.Faint.Render("gone"), width)}
	case added:
		before, name = st.Good.Render(m.symbol())+" ", st.Strong.Render(name)
	case changed:
		before, name = st.Warn.Render(m.symbol())+" ", st.Strong.Render(name)
	}
	out := []string{ends(before+name, r.value(st), width)}
	for _, line := range r.detail(width - 4) {
		out = append(out, st.Muted.Render(text.Fit("    "+line, width)))
	}
	return out
}

// detail is the row's longer text in at most two lines.
func (r row) detail(width int) []string {
	if r.more == "" || width <= 0 {
		return nil
	}
	first := text.Wrap(r.more, width)[0]
	rest := strings.TrimSpace(strings.TrimPrefix(r.more, first))
	if rest == "" {
		return []string{first}
	}
	return []string{first, text.Cut(rest, width)}
}

// ends keeps the value in sight: a long name gives way to it, down to a third of the line.
func ends(name, value string, width int) string {
	value = text.Cut(value, width-min(text.Width(name), width/3)-1)
	return text.Ends(text.Cut(name, max(width/3, width-text.Width(value)-1)), value, width)
}

func dot(ok bool, st style.Styles) (string, style.Paint) {
	if ok {
		return style.Done, st.Good
	}
	return style.Failed, st.Bad
}
