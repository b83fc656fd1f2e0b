package why

import (
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// rows are items as the rows of a table, which say less where the screen is narrow.
type rows struct {
	items []item
	width *int // of the screen
}

// says is the column that says what was decided.
const says = 3

func columns() []table.Column {
	return []table.Column{{Title: ""}, {Title: "Where"}, {Title: "Rule", Grow: true, Max: 44}, {Title: "Says", Grow: true}}
}

// Len implements table.Rows.
func (r rows) Len() int { return len(r.items) }

// Cell implements table.Rows.
func (r rows) Cell(row, column int) string {
	it := r.items[row]
	switch column {
	case 0:
		return it.weight.symbol()
	case 1:
		return it.stage
	case 2:
		return text.Line(it.rule)
	}
	if *r.width < wide && it.field != "" {
		return text.Line(strings.Replace(it.says, it.field, brief(it.field), 1))
	}
	return text.Line(it.says)
}

// brief is the end of a field's path, which tells it from others.
func brief(field string) string {
	const most = 2
	parts := strings.Split(field, ".")
	if len(parts) <= most+1 {
		return field
	}
	return text.Ellipsis + strings.Join(parts[len(parts)-most:], ".")
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
func (w weight) tone(st style.Styles) style.Paint {
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
