package editor

import "strings"

// step is one level of indentation.
const step = "  "

// spaces is the indentation of a line.
func spaces(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// newline ends the line and indents the next one as YAML goes on most often: below a key without a value one level
// deeper, in a list under its item.
func (e *Editor) newline() {
	_, before, after := e.text.Cursor()
	indent := spaces(before)
	body := strings.TrimSpace(before)
	item := strings.HasPrefix(body, "- ") && strings.Contains(body, ":")
	if item {
		indent += step
	}
	if strings.HasSuffix(body, ":") || strings.HasSuffix(body, "|") || strings.HasSuffix(body, ">") || strings.HasSuffix(body, "|-") {
		indent += step
	}
	if body != "" { // the rest of the line is indented as the line before it
		for range len(spaces(after)) {
			e.text.Delete()
		}
	}
	e.text.Insert("\n" + indent)
}

// indent moves what follows the cursor a level to the right; at the start of a line, the line.
func (e *Editor) indent() {
	_, before, _ := e.text.Cursor()
	n := len(step) - len([]rune(before))%len(step)
	e.text.Insert(strings.Repeat(" ", n))
}

// dedent moves the line a level to the left.
func (e *Editor) dedent() {
	row, before, after := e.text.Cursor()
	line := before + after
	n := min(len(step), len(spaces(line)))
	column := len([]rune(before))
	e.text.MoveTo(row, n)
	for range n {
		e.text.Backspace()
	}
	e.text.MoveTo(row, max(0, column-n))
}

// backspace takes a whole level of indentation where there is nothing else before the cursor.
func (e *Editor) backspace() {
	_, before, _ := e.text.Cursor()
	n := 1
	if before != "" && strings.TrimSpace(before) == "" && len(before)%len(step) == 0 {
		n = len(step)
	}
	for range n {
		e.text.Backspace()
	}
}

// home goes to the first character of the line, and from there to its start.
func (e *Editor) home() {
	row, before, after := e.text.Cursor()
	first := len(spaces(before + after))
	if len(before) == first {
		first = 0
	}
	e.text.MoveTo(row, first)
}
