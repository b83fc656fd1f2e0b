package awscli

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// terminalWidth is what the AWS CLI takes for the width of a terminal that it cannot ask.
const terminalWidth = 80

// section is a part of a table with columns of its own. Parts of parts are indented.
type section struct {
	title   string
	indent  int
	headers []string
	rows    [][]string
}

// render draws all sections. A table that is too wide has its single rows turned on their side.
func (t *table) render(b *bytes.Buffer) {
	width := t.width()
	if width > terminalWidth {
		for _, s := range t.sections {
			s.turn()
		}
		width = t.width()
	}
	b.WriteString(strings.Repeat("-", width) + "\n")
	for _, s := range t.sections {
		s.render(b, width-2*s.indent)
	}
}

func (t *table) width() int {
	widest := 0
	for _, s := range t.sections {
		widest = max(widest, s.width())
	}
	return widest
}

// turn makes lines of header and value of a section with one row.
func (s *section) turn() {
	if len(s.rows) != 1 || s.headers == nil {
		return
	}
	row := s.rows[0]
	s.rows = nil
	for i, header := range s.headers {
		s.rows = append(s.rows, []string{header, row[i]})
	}
	s.headers = nil
}

// widths are the widths of the columns' texts.
func (s *section) widths() []int {
	var widths []int
	for _, row := range append([][]string{s.headers}, s.rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

const padding = 4 // of a cell, both sides and borders

// width is how wide a section has to be, with what it is indented.
func (s *section) width() int {
	total := 2 + 2*s.indent
	for _, w := range s.widths() {
		total += w + padding
	}
	return max(utf8.RuneCountInString(s.title)+2+2*s.indent, total)
}

// scaled are the widths of the columns when the section is as wide as the table.
func (s *section) scaled(width int) []int {
	columns, sum := s.widths(), 0
	for i := range columns {
		columns[i] += padding
		sum += columns[i]
	}
	off := -width
	for i, w := range columns {
		columns[i] = int(math.RoundToEven(float64(width) / float64(sum) * float64(w)))
		off += columns[i]
	}
	for at := 0; off > 0; at = (at + 1) % len(columns) {
		columns[at]--
		off--
	}
	for at := len(columns) - 1; off < 0; at = (at + len(columns) - 1) % len(columns) {
		columns[at]++
		off++
	}
	return columns
}

func (s *section) render(b *bytes.Buffer, width int) {
	edge := strings.Repeat("|", s.indent)
	line := func(text string) { b.WriteString(edge + text + edge + "\n") }
	if s.title != "" {
		line(centred(s.title, width, "|"))
		if s.headers == nil && s.rows == nil {
			line("+" + strings.Repeat("-", width-2) + "+")
		}
	}
	if s.headers == nil && len(s.rows) == 0 {
		return
	}
	widths := s.scaled(width)
	if len(widths) == 0 {
		return
	}
	if s.headers != nil {
		line(ruler(widths))
		line(joined(s.headers, widths, centred))
	}
	line(ruler(widths))
	for _, row := range s.rows {
		line(joined(row, widths, aligned))
	}
	line(ruler(widths))
}

// ruler is the line between rows.
func ruler(widths []int) string {
	text := "+"
	for i, w := range widths {
		if i == 0 {
			w--
		}
		text += strings.Repeat("-", w-1) + "+"
	}
	return text
}

// joined puts cells side by side; only the first has a left edge.
func joined(row []string, widths []int, cell func(text string, width int, left string) string) string {
	text, left := "", "|"
	for i, content := range row {
		text += cell(content, widths[i], left)
		left = ""
	}
	return text
}

// centred is a text in the middle of a cell that ends with an edge.
func centred(text string, width int, left string) string {
	length := utf8.RuneCountInString(text)
	before := max(width/2-length/2-1, 0)
	return left + strings.Repeat(" ", before) + text + strings.Repeat(" ", max(width-1-len(left)-before-length, 0)) + "|"
}

// aligned is a text two blanks from the left of a cell that ends with an edge.
func aligned(text string, width int, left string) string {
	length, before := utf8.RuneCountInString(text), 2
	if width < length+before+len(left)+1 {
		before = 0
	}
	return left + strings.Repeat(" ", before) + text + strings.Repeat(" ", max(width-1-len(left)-before-length, 0)) + "|"
}
