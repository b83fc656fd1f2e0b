package buffer

import (
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// Key does what an editing key does in most editors and shells, and reports whether it was one. Keys that end a line
// or go to another one are left to the caller.
func (b *Buffer) Key(k tea.KeyPressMsg) bool {
	name := k.String()
	if call, ok := map[string]func(){
		"left": b.Left, "ctrl+b": b.Left, "right": b.Right, "ctrl+f": b.Right,
		"ctrl+left": b.WordLeft, "alt+left": b.WordLeft, "alt+b": b.WordLeft,
		"ctrl+right": b.WordRight, "alt+right": b.WordRight, "alt+f": b.WordRight,
		"home": b.LineStart, "ctrl+a": b.LineStart, "end": b.LineEnd, "ctrl+e": b.LineEnd,
		"backspace": b.Backspace, "ctrl+h": b.Backspace, "shift+backspace": b.Backspace, "delete": b.Delete, "ctrl+d": b.Delete,
		"ctrl+w": b.DeleteWord, "alt+backspace": b.DeleteWord, "ctrl+backspace": b.DeleteWord, "ctrl+u": b.DeleteToStart,
	}[name]; ok {
		call()
		return true
	}
	if k.Text == "" {
		return false
	}
	b.Insert(k.Text)
	return true
}

// Left moves the cursor by a rune, to the line before from the start of one.
func (b *Buffer) Left() {
	row, before, _ := b.Cursor()
	switch {
	case before != "":
		_, n := utf8.DecodeLastRuneInString(before)
		b.col -= n
	case row > 0:
		b.row--
		b.col = len(b.line())
	}
	b.want = -1
}

// Right moves the cursor by a rune, to the next line from the end of one.
func (b *Buffer) Right() {
	row, _, after := b.Cursor()
	switch {
	case after != "":
		_, n := utf8.DecodeRuneInString(after)
		b.col += n
	case row < len(b.lines)-1:
		b.row, b.col = row+1, 0
	}
	b.want = -1
}

// WordLeft moves the cursor to the start of the word before it.
func (b *Buffer) WordLeft() {
	_, before, _ := b.Cursor()
	if before == "" {
		b.Left()
		return
	}
	b.col, b.want = wordStart(before), -1
}

// WordRight moves the cursor to the end of the word after it.
func (b *Buffer) WordRight() {
	_, _, after := b.Cursor()
	if after == "" {
		b.Right()
		return
	}
	b.col, b.want = b.col+wordEnd(after), -1
}

// LineStart moves the cursor to the start of its line.
func (b *Buffer) LineStart() { b.col, b.want = 0, -1 }

// LineEnd moves the cursor to the end of its line.
func (b *Buffer) LineEnd() { b.col, b.want = len(b.line()), -1 }

// Down moves the cursor by n lines, up when n is negative. It keeps its column where the line is long enough.
func (b *Buffer) Down(n int) {
	_, before, _ := b.Cursor()
	want := b.want
	if want < 0 {
		want = utf8.RuneCountInString(before)
	}
	b.MoveTo(b.row+n, want)
	b.want = want
}
