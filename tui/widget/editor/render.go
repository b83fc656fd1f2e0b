package editor

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/yaml"
)

// maxPainted is the size of a text up to which it is shown in colour: each key paints it anew.
const maxPainted = 128 << 10

// painted is the text's lines in colour.
type painted struct {
	source  string
	palette style.Palette
	lines   []string
}

// gutter is the width of the line numbers.
func (e *Editor) gutter() int { return len(fmt.Sprint(len(e.text.Lines()))) + 3 }

// Render returns exactly height lines of exactly width cells, the cursor among them.
func (e *Editor) Render(width, height int, focus bool, st style.Styles) []string {
	e.height = height
	row, before, after := e.text.Cursor()
	e.follow(row, text.Width(before), width, height)
	lines := e.paint(st)
	out := make([]string, 0, height)
	for i := e.top; i < min(e.top+height, len(lines)); i++ {
		body := ansi.Cut(lines[i], e.left, e.left+max(0, width-e.gutter()))
		if i == row && focus {
			body = e.withCursor(lines[i], text.Width(before), after, width, st)
		}
		out = append(out, text.Fit(e.number(i, st)+body, width))
	}
	for len(out) < height {
		out = append(out, text.Spaces(width))
	}
	return out
}

// follow moves what is shown so that the cursor is in it.
func (e *Editor) follow(row, column, width, height int) {
	e.top = max(row-height+1, min(e.top, row))
	e.top = max(0, min(e.top, len(e.text.Lines())-1))
	room := max(1, width-e.gutter()-1)
	switch {
	case column < e.left:
		e.left = max(0, column-room/3)
	case column >= e.left+room:
		e.left = column - room + room/3
	}
}

// number is what stands before a line: its number, or the mark of the line that is wrong.
func (e *Editor) number(i int, st style.Styles) string {
	digits := e.gutter() - 3
	number := text.FitRight(fmt.Sprint(i+1), digits)
	if e.problem != nil && max(1, e.problem.Line) == i+1 {
		return st.Bad.Render(style.Failed+number) + "  "
	}
	return st.Faint.Render(" "+number) + "  "
}

// withCursor is a line with the cell of the cursor marked.
func (e *Editor) withCursor(line string, column int, after string, width int, st style.Styles) string {
	end := e.left + max(0, width-e.gutter())
	under, wide := " ", 1
	if after != "" {
		_, n := utf8.DecodeRuneInString(after)
		under = after[:n]
		wide = max(1, text.Width(under))
	}
	return ansi.Cut(line, e.left, column) + st.Cursor.Render(under) + ansi.Cut(line, column+wide, max(column+wide, end))
}

func (e *Editor) paint(st style.Styles) []string {
	source := e.text.Text()
	if e.painted.lines == nil || e.painted.source != source || e.painted.palette != st.Palette {
		lines := strings.Split(source, "\n")
		if len(source) <= maxPainted {
			lines = yaml.Highlight(source, "yaml", st)
		}
		e.painted = painted{source, st.Palette, lines}
	}
	return e.painted.lines
}

// Status says where the text is wrong, or that it is a file of objects.
func (e *Editor) Status(st style.Styles) string {
	p := e.problem
	if p == nil {
		return st.Good.Render(style.Done + " YAML")
	}
	where := fmt.Sprintf("line %d", max(1, p.Line))
	if p.Column > 0 {
		where += fmt.Sprintf(":%d", p.Column)
	}
	return st.Bad.Render(style.Failed + " " + where + " is not YAML")
}
