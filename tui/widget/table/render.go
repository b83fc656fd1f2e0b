package table

import (
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
	d := drawing{Table: t, widths: t.layout(t.width - 3), tone: tone, styles: st} // the cursor before, the scroll bar after
	out := append(make([]string, 0, t.height), d.titles())
	from, to := t.thumb()
	bar := st.Line.Render("┃")
	for i := range t.height - 1 {
		row, mark := t.top+i, " "
		if i >= from && i < to {
			mark = bar
		}
		switch {
		case row >= t.Len():
			out = append(out, text.Spaces(t.width))
		case row == t.cursor && focus:
			out = append(out, st.Selected.Under(d.row(row, st.Key.Render(style.Cursor)+" ", ""))+mark)
		default:
			out = append(out, d.row(row, "  ", mark))
		}
	}
	return out
}

// Cut reports whether a cell has less room than it needs.
func (t *Table) Cut(row, column int) bool {
	return cells(t.rows.Cell(row, column)) > t.layout(t.width - 3)[column]
}

// drawing is a table while it is drawn.
type drawing struct {
	*Table
	widths []int
	tone   Tone
	styles style.Styles
	line   []byte // of the row that was drawn last; its room is used again
}

// titles is the line of titles.
func (d *drawing) titles() string {
	line := d.cells(nil, func(c int) (string, style.Paint) { return d.columns[c].Title, style.Paint{} })
	return text.Fit("  "+d.styles.Faint.Render(string(line)), d.width)
}

// row is one row between what stands before and after it.
func (d *drawing) row(row int, before, after string) string {
	d.line = d.cells(append(d.line[:0], before...), func(c int) (string, style.Paint) { return d.rows.Cell(row, c), d.tone(row, c) })
	room := d.width - 1 - 2 - total(d.widths)
	if room < 0 {
		return text.Fit(string(d.line), d.width-1) + after
	}
	d.line = append(append(d.line, text.Spaces(room)...), after...)
	return string(d.line)
}

// cells appends cells to a line, side by side.
func (d *drawing) cells(line []byte, cell func(column int) (string, style.Paint)) []byte {
	start := len(line)
	for c, width := range d.widths {
		if width <= 0 {
			continue
		}
		if len(line) > start {
			line = append(line, text.Spaces(gap)...)
		}
		s, tone := cell(c)
		s, pad := fit(s, width)
		if d.columns[c].Right {
			line = tone.Append(line, pad, s)
		} else {
			line = tone.Append(line, s, pad)
		}
	}
	return line
}

// fit cuts a cell, and returns what fills it up.
func fit(s string, width int) (fitted, pad string) {
	n := cells(s)
	if n > width {
		s = text.Cut(s, width)
		n = text.Width(s)
	}
	return s, text.Spaces(width - n)
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
