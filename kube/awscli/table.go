package awscli

import (
	"bytes"
	"io"
	"math"
	"slices"
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

// writeTable draws a table as the AWS CLI does.
func writeTable(to io.Writer, title string, d *document) error {
	t := &table{sections: []*section{{}}}
	if !t.build(title, d.value, 0) {
		return nil
	}
	var b bytes.Buffer
	t.render(&b)
	_, err := b.WriteTo(to)
	return err
}

type table struct{ sections []*section }

func (t *table) last() *section { return t.sections[len(t.sections)-1] }

// build lays a value out in sections; it returns whether there is anything to show.
func (t *table) build(title string, value any, indent int) bool {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return false
		}
		t.begin(title, indent)
		t.single(v, indent)
	case []any:
		if len(v) == 0 {
			return false
		}
		t.begin(title, indent)
		t.several(v, title, indent)
	case nil:
		return false
	default:
		t.begin(title, indent)
	}
	return true
}

func (t *table) begin(title string, indent int) {
	if title != "" {
		t.sections = append(t.sections, &section{title: title, indent: indent})
	}
}

// single lays out a map: its scalars as one row, everything else below.
func (t *table) single(v map[string]any, indent int) {
	scalars, others := split(v)
	switch len(scalars) {
	case 0:
	case 1:
		t.last().rows = append(t.last().rows, []string{scalars[0], scalar(v[scalars[0]])})
	default:
		t.last().headers = scalars
		t.last().rows = append(t.last().rows, cells(v, scalars))
	}
	for _, other := range others {
		t.build(other, v[other], indent+1)
	}
}

// several lays out a list: maps as rows of the same columns, other values one by one.
func (t *table) several(list []any, title string, indent int) {
	if _, maps := list[0].(map[string]any); !maps {
		t.plain(list)
		return
	}
	headers, others := columnsOf(list), othersOf(list)
	t.last().headers = headers
	for i, element := range list {
		v, _ := element.(map[string]any)
		if i > 0 && len(others) > 0 {
			t.begin(title, indent)
			t.last().headers = headers
		}
		t.last().rows = append(t.last().rows, cells(v, headers))
		for _, other := range others {
			if below, there := v[other]; there {
				t.build(other, below, indent+1)
			}
		}
	}
}

func (t *table) plain(list []any) {
	for _, element := range list {
		inner, isList := element.([]any)
		switch {
		case isScalar(element):
			t.last().rows = append(t.last().rows, []string{scalar(element)})
		case isList && !slices.ContainsFunc(inner, func(v any) bool { return !isScalar(v) }):
			row := make([]string, len(inner))
			for i, v := range inner {
				row[i] = scalar(v)
			}
			t.last().rows = append(t.last().rows, row)
		default:
			t.build("", element, 0)
		}
	}
}

func othersOf(list []any) []string {
	var names []string
	for _, element := range list {
		v, _ := element.(map[string]any)
		_, others := split(v)
		names = append(names, others...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func cells(v map[string]any, columns []string) []string {
	row := make([]string, len(columns))
	for i, column := range columns {
		if value, there := v[column]; there {
			row[i] = scalar(value)
		}
	}
	return row
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
