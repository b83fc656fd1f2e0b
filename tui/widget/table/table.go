// Package table shows the rows of a list that fit, with a cursor. What is not shown costs nothing to draw, so that a list
// may have tens of thousands of rows.
package table

import (
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Column says how a column is laid out.
type Column struct {
	Title string
	Right bool // figures
	Grow  bool // takes the room that is left, and gives way to the others; else it is as wide as its widest cell
	Max   int  // cells, 0 for no bound
	Min   int  // cells that a growing column keeps, as far as it needs them: others are left out first
	// Leave says in which order columns are left out where there is no room: the highest first, 0 never.
	Leave int
}

// Rows are asked for what is shown. Cells are clean lines without colour.
type Rows interface {
	Len() int
	Cell(row, column int) string
}

// Tone is the colour of a cell.
type Tone func(row, column int) style.Paint

// Table is a list with a cursor. The zero Table is empty.
type Table struct {
	columns []Column
	rows    Rows
	widest  []int
	cursor  int
	top     int
	width   int
	height  int // with the line of titles
}

// SetSize says how many cells the table has, the titles' line included.
func (t *Table) SetSize(width, height int) {
	t.width, t.height = width, height
	t.Select(t.cursor)
}

// measured is how many rows are looked at to tell how wide columns are: those of a longer list are picked evenly.
const measured = 1000

// Set replaces columns and rows; the cursor stays where it is, as far as there are rows.
func (t *Table) Set(columns []Column, rows Rows) {
	t.columns, t.rows = columns, rows
	t.widest = make([]int, len(columns))
	stride := 1 + rows.Len()/measured
	for c, column := range columns {
		t.widest[c] = max(1, cells(column.Title))
		for r := 0; r < rows.Len(); r += stride {
			t.widest[c] = max(t.widest[c], cells(rows.Cell(r, c)))
		}
		if column.Max > 0 {
			t.widest[c] = min(t.widest[c], column.Max)
		}
	}
	t.Select(t.cursor)
}

// cells is the width of a text, quickly for the usual ones.
func cells(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return text.Width(s)
		}
	}
	return len(s)
}

// Len is the number of rows.
func (t *Table) Len() int {
	if t.rows == nil {
		return 0
	}
	return t.rows.Len()
}

// Cursor is the row under the cursor, -1 when there are no rows.
func (t *Table) Cursor() int { return min(t.cursor, t.Len()-1) }

// Select moves the cursor to a row; one out of range is the nearest one.
func (t *Table) Select(row int) {
	t.cursor = max(0, min(row, t.Len()-1))
	room := t.room()
	t.top = max(min(t.top, t.cursor), t.cursor-room+1)
	t.top = max(0, min(t.top, t.Len()-room))
}

// room is how many rows are shown.
func (t *Table) room() int { return max(1, t.height-1) }

// Move moves the cursor by rows, up when n is negative.
func (t *Table) Move(n int) { t.Select(t.cursor + n) }

// Click moves the cursor to the row drawn on a line of the table; it returns false for lines without a row.
func (t *Table) Click(line int) bool {
	row := t.top + line - 1
	if line < 1 || line > t.room() || row >= t.Len() {
		return false
	}
	t.Select(row)
	return true
}

// Key moves the cursor; it returns false for keys that do something else.
func (t *Table) Key(k tea.KeyPressMsg) bool {
	keys := Keys()
	switch {
	case key.Matches(k, keys.Up):
		t.Move(-1)
	case key.Matches(k, keys.Down):
		t.Move(1)
	case key.Matches(k, keys.PageUp):
		t.Move(-t.room())
	case key.Matches(k, keys.PageDown):
		t.Move(t.room())
	case key.Matches(k, keys.First):
		t.Select(0)
	case key.Matches(k, keys.Last):
		t.Select(t.Len() - 1)
	default:
		return false
	}
	return true
}

// Mover is a text that the same keys move; *scroll.Pane is one.
type Mover interface {
	Lines(n int)
	Pages(n int)
	Home()
	End()
}

// Scroll moves a text by the keys that move a table's cursor; it returns false for keys that do something else.
func Scroll(k tea.KeyPressMsg, text Mover) bool {
	keys := Keys()
	switch {
	case key.Matches(k, keys.Up):
		text.Lines(-1)
	case key.Matches(k, keys.Down):
		text.Lines(1)
	case key.Matches(k, keys.PageUp):
		text.Pages(-1)
	case key.Matches(k, keys.PageDown):
		text.Pages(1)
	case key.Matches(k, keys.First):
		text.Home()
	case key.Matches(k, keys.Last):
		text.End()
	default:
		return false
	}
	return true
}

// KeyMap is the keys that move the cursor.
type KeyMap struct{ Up, Down, PageUp, PageDown, First, Last key.Binding }

// Keys returns them.
func Keys() KeyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	return KeyMap{
		Up:       bind([]string{"up", "k"}, "↑/k", "up"),
		Down:     bind([]string{"down", "j"}, "↓/j", "down"),
		PageUp:   bind([]string{"pgup", "ctrl+b"}, "pgup", "page up"),
		PageDown: bind([]string{"pgdown", "ctrl+f", "space"}, "pgdn/space", "page down"),
		First:    bind([]string{"home", "g"}, "home/g", "first"),
		Last:     bind([]string{"end", "G"}, "end/G", "last"),
	}
}

// All lists the keys.
func (k KeyMap) All() []key.Binding {
	return []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last}
}
