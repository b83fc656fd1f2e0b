package table

import (
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
)

// gap is the space between columns.
const gap = 2

// Render returns the titles and the rows around the cursor, in exactly the table's size.
func (t *Table) Render(focus bool, tone Tone, st style.Styles) []string {
	if t.width <= 0 || t.height <= 0 {
		return nil
	}
	widths := t.layout(t.width - 3) // the cursor before, the scroll bar after
	out := []string{text.Fit("  "+st.Faint.Render(t.line(widths, func(c int) string { return t.columns[c].Title }, nil)), t.width)}
	from, to := t.thumb()
	for i := range t.height - 1 {
		row := t.top + i
		if row >= t.Len() {
			out = append(out, text.Spaces(t.width))
			continue
		}
		mark := " "
		if i >= from && i < to {
			mark = st.Line.Render("┃")
		}
		out = append(out, t.row(row, widths, focus, tone, st)+mark)
	}
	return out
}

// Cut reports whether a cell has less room than it needs.
func (t *Table) Cut(row, column int) bool {
	return cells(t.rows.Cell(row, column)) > t.layout(t.width - 3)[column]
}

// row draws one row, without the scroll bar.
func (t *Table) row(row int, widths []int, focus bool, tone Tone, st style.Styles) string {
	cell := func(c int) string { return t.rows.Cell(row, c) }
	colour := func(c int) style.Paint { return tone(row, c) }
	if row != t.cursor || !focus {
		return text.Fit("  "+t.line(widths, cell, colour), t.width-1)
	}
	line := st.Key.Render(style.Cursor) + " " + t.line(widths, cell, colour)
	return st.Selected.Under(text.Fit(line, t.width-1))
}

// line sets cells side by side. Cells without a tone are left as they are.
func (t *Table) line(widths []int, cell func(column int) string, tone func(column int) style.Paint) string {
	var b strings.Builder
	for c, width := range widths {
		if width <= 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(text.Spaces(gap))
		}
		fitted := fit(cell(c), width, t.columns[c].Right)
		if tone != nil {
			fitted = tone(c).Render(fitted)
		}
		b.WriteString(fitted)
	}
	return b.String()
}

// fit cuts and pads a cell, quickly when it is of one byte per cell.
func fit(s string, width int, right bool) string {
	if n := cells(s); n == len(s) && n <= width {
		if right {
			return text.Spaces(width-n) + s
		}
		return s + text.Spaces(width-n)
	}
	if right {
		return text.FitRight(s, width)
	}
	return text.Fit(s, width)
}

// layout gives every column its width, 0 to those that are left out.
func (t *Table) layout(room int) []int {
	widths := append([]int(nil), t.widest...)
	for {
		spare := room - total(widths)
		if spare >= 0 {
			t.spread(widths, spare)
			return widths
		}
		if t.shrink(widths, -spare, t.floor) {
			return widths
		}
		if !t.leave(widths) {
			t.shrink(widths, -spare, func(int) int { return least })
			return widths
		}
	}
}

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		if w > 0 {
			sum += w + gap
		}
	}
	return max(0, sum-gap)
}

// spread gives the room that is left to the last growing column.
func (t *Table) spread(widths []int, spare int) {
	for c := len(widths) - 1; c >= 0; c-- {
		if t.columns[c].Grow && widths[c] > 0 {
			widths[c] += spare
			return
		}
	}
}

// least is the width down to which a growing column gives way that asks for no more, or when nothing is left to leave out.
const least = 12

// floor is the width down to which a column gives way.
func (t *Table) floor(column int) int {
	return max(least, min(t.columns[column].Min, t.widest[column]))
}

// shrink takes cells from the growing columns, evenly from the widest; it returns false when they have not enough.
func (t *Table) shrink(widths []int, missing int, floor func(column int) int) bool {
	have := 0
	for c, w := range widths {
		if t.columns[c].Grow {
			have += max(0, w-floor(c))
		}
	}
	if have < missing {
		return false
	}
	for ; missing > 0; missing-- {
		widest := -1
		for c, w := range widths {
			if t.columns[c].Grow && w > floor(c) && (widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		widths[widest]--
	}
	return true
}

// leave takes the column out that matters least; it returns false when all that are left matter.
func (t *Table) leave(widths []int) bool {
	found := -1
	for c, w := range widths {
		if w > 0 && t.columns[c].Leave > 0 && (found < 0 || t.columns[c].Leave >= t.columns[found].Leave) {
			found = c
		}
	}
	if found < 0 {
		return false
	}
	widths[found] = 0
	return true
}

// thumb is the range of rows that the scroll bar's handle covers: none when everything is visible.
func (t *Table) thumb() (from, to int) {
	all, room := t.Len(), t.room()
	if all <= room {
		return 0, 0
	}
	size := max(1, room*room/all)
	hidden := all - room
	from = (t.top*(room-size) + hidden/2) / hidden
	return from, from + size
}
