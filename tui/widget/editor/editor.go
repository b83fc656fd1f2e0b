// Package editor is an editor for manifests: indentation that follows YAML, undo, and what is wrong with the text while
// it is being written.
package editor

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/engine/document"
	"podsec/tui/text"
	"podsec/tui/widget/buffer"
)

const (
	// maxText bounds the text: what would make it larger is refused.
	maxText = 1 << 20
	// maxUndo is how many changes can be undone.
	maxUndo = 200
)

// Editor is a text being written. The zero value is not ready for use: call New.
type Editor struct {
	name    string
	text    buffer.Buffer
	saved   string
	undo    []buffer.Buffer
	redo    []buffer.Buffer
	typing  bool // the last change was typing, which goes on in one change to undo
	problem *document.Problem
	top     int // the first line shown
	left    int // the first column shown
	height  int
	painted painted
}

// New returns an editor on a file's text.
func New(name, source string) *Editor {
	e := &Editor{name: name, text: buffer.New(clean(source)), saved: source}
	e.check()
	return e
}

// clean makes a text fit to be edited: with spaces for tabs, and without what cannot be shown.
func clean(source string) string { return strings.ReplaceAll(text.Clean(source), "\t", "  ") }

// Text is what was written, with a line end at its end.
func (e *Editor) Text() string { return strings.TrimRight(e.text.Text(), "\n") + "\n" }

// Changed reports whether something was written since the text was saved last.
func (e *Editor) Changed() bool { return e.Text() != strings.TrimRight(e.saved, "\n")+"\n" }

// Saved says that the text as it is was saved.
func (e *Editor) Saved(source string) { e.saved = source }

// Replace replaces the whole text; that can be undone.
func (e *Editor) Replace(source string) {
	row, before, _ := e.text.Cursor()
	e.change(func() { e.text = buffer.New(clean(source)) }, false)
	e.text.MoveTo(row, len(before))
}

// Problem is what is wrong with the text, nil when it is a file of objects.
func (e *Editor) Problem() *document.Problem { return e.problem }

// change makes a change that can be undone. Typing goes on in one change.
func (e *Editor) change(call func(), typing bool) {
	if !typing || !e.typing {
		e.undo = append(e.undo, e.text.Copy())
		if n := len(e.undo) - maxUndo; n > 0 {
			e.undo = append([]buffer.Buffer(nil), e.undo[n:]...)
		}
	}
	e.typing, e.redo = typing, nil
	call()
	e.check()
}

// Undo takes the last change back.
func (e *Editor) Undo() { e.swap(&e.undo, &e.redo) }

// Redo makes the change again that was taken back last.
func (e *Editor) Redo() { e.swap(&e.redo, &e.undo) }

func (e *Editor) swap(from, to *[]buffer.Buffer) {
	n := len(*from)
	if n == 0 {
		return
	}
	*to = append(*to, e.text)
	e.text, *from = (*from)[n-1], (*from)[:n-1]
	e.typing = false
	e.check()
}

// Paste inserts a text at the cursor, and reports whether there was room for it.
func (e *Editor) Paste(pasted string) bool {
	if len(pasted)+len(e.text.Text()) > maxText {
		return false
	}
	pasted = clean(strings.ReplaceAll(strings.ReplaceAll(pasted, "\r\n", "\n"), "\r", "\n"))
	e.change(func() { e.text.Insert(pasted) }, false)
	return true
}

// Key handles a key, and reports whether it meant something.
func (e *Editor) Key(k tea.KeyPressMsg) bool {
	name := k.String()
	if call, ok := map[string]func(){
		"up": func() { e.text.Down(-1) }, "ctrl+p": func() { e.text.Down(-1) },
		"down": func() { e.text.Down(1) }, "ctrl+n": func() { e.text.Down(1) },
		"pgup": func() { e.text.Down(-max(1, e.height-1)) }, "pgdown": func() { e.text.Down(max(1, e.height-1)) },
		"ctrl+home": func() { e.text.MoveTo(0, 0) }, "ctrl+end": func() { e.text.MoveTo(len(e.text.Lines()), 0) },
		"home": e.home, "ctrl+z": e.Undo, "ctrl+y": e.Redo,
	}[name]; ok {
		call()
		e.typing = false
		return true
	}
	if call, ok := map[string]func(){
		"enter": e.newline, "tab": e.indent, "shift+tab": e.dedent, "backspace": e.backspace,
	}[name]; ok {
		e.change(call, false)
		return true
	}
	if k.Text != "" && len(k.Text)+len(e.text.Text()) > maxText {
		return true
	}
	return e.edit(k)
}

// edit hands a key to the text.
func (e *Editor) edit(k tea.KeyPressMsg) bool {
	before := e.text.Copy()
	if !e.text.Key(k) {
		return false
	}
	if after := e.text; before.Text() != after.Text() {
		e.text = before
		e.change(func() { e.text = after }, k.Text != "" && k.Text != " ")
	} else {
		e.typing = false
	}
	return true
}

// MoveTo puts the cursor at a cell of what was rendered last.
func (e *Editor) MoveTo(x, y int) {
	e.text.MoveTo(e.top+y, e.left+x-e.gutter())
	e.typing = false
}

// Scroll moves the cursor by lines.
func (e *Editor) Scroll(lines int) { e.text.Down(lines) }

// Place is the line and the column of the cursor, from 1.
func (e *Editor) Place() (line, column int) {
	row, before, _ := e.text.Cursor()
	return row + 1, len([]rune(before)) + 1
}

// GoToProblem puts the cursor where the text is wrong.
func (e *Editor) GoToProblem() {
	if e.problem != nil {
		e.text.MoveTo(max(1, e.problem.Line)-1, max(1, e.problem.Column)-1)
	}
}
