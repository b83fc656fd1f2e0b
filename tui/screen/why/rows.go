package why

import (
	"charm.land/lipgloss/v2"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// rows are items as the rows of a table.
type rows []item

func columns() []table.Column {
	return []table.Column{{Title: ""}, {Title: "Where"}, {Title: "Rule", Grow: true, Max: 44}, {Title: "Says", Grow: true}}
}

// Len implements table.Rows.
func (r rows) Len() int { return len(r) }

// Cell implements table.Rows.
func (r rows) Cell(row, column int) string {
	it := r[row]
	switch column {
	case 0:
		return it.weight.symbol()
	case 1:
		return it.stage
	case 2:
		return text.Line(it.rule)
	}
	return text.Line(it.says)
}

func (w weight) symbol() string {
	switch w {
	case blocks, reported:
		return style.Failed
	case warned:
		return style.Skipped
	case changed:
		return style.Changed
	case passed:
		return style.Done
	}
	return style.Todo
}

// tone is the colour of a weight.
func (w weight) tone(st style.Styles) lipgloss.Style {
	switch w {
	case blocks:
		return st.Bad
	case reported, warned:
		return st.Warn
	case changed:
		return st.Second
	case passed:
		return st.Good
	}
	return st.Faint
}
