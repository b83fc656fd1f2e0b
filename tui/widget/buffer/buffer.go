// Package buffer is text that is being written: its lines, the cursor, and what editing keys do to them. Prompts and
// the editor are drawn from one.
package buffer

import (
	"strings"
	"unicode/utf8"
)

// Buffer is a text with a cursor. It has at least one line. The zero value is empty and ready for use.
type Buffer struct {
	lines []string // none stands for one that is empty
	row   int
	col   int // in bytes, at the start of a rune
	want  int // the column in runes to keep while going up and down, -1 for the cursor's own
}

// New returns a buffer with the cursor at the start of the text.
func New(text string) Buffer { return Buffer{lines: strings.Split(text, "\n"), want: -1} }

// Text is the whole text.
func (b *Buffer) Text() string { return strings.Join(b.lines, "\n") }

// Lines are the lines; they must not be changed.
func (b *Buffer) Lines() []string { return b.lines }

// Cursor is the line of the cursor, and the text of that line on both sides of it.
func (b *Buffer) Cursor() (row int, before, after string) {
	line := b.line()
	return b.row, line[:b.col], line[b.col:]
}

// Copy returns a buffer that stays as this one is now.
func (b *Buffer) Copy() Buffer {
	out := *b
	out.lines = append([]string(nil), b.lines...)
	return out
}

func (b *Buffer) line() string {
	if len(b.lines) == 0 {
		b.lines, b.want = []string{""}, -1
	}
	return b.lines[b.row]
}

// MoveTo puts the cursor before the rune with the given number of a line; what is out of range is brought into it.
func (b *Buffer) MoveTo(row, column int) {
	b.row = max(0, min(row, len(b.lines)-1))
	b.col, b.want = offset(b.line(), column), -1
}

// offset is where the rune with the given number starts.
func offset(line string, column int) int {
	for i := range line {
		if column <= 0 {
			return i
		}
		column--
	}
	return len(line)
}

// Insert puts a text before the cursor.
func (b *Buffer) Insert(text string) {
	_, before, after := b.Cursor()
	parts := strings.Split(text, "\n")
	last := len(parts) - 1
	end := len(parts[last])
	if last == 0 {
		end += len(before)
	}
	parts[0] = before + parts[0]
	parts[last] += after
	b.replace(b.row, b.row+1, parts)
	b.row, b.col, b.want = b.row+last, end, -1
}

// replace puts lines in the place of those from one row up to another.
func (b *Buffer) replace(from, to int, lines []string) {
	b.line()
	out := append([]string(nil), b.lines[:from]...)
	out = append(out, lines...)
	b.lines = append(out, b.lines[to:]...)
}

// set replaces what is before and after the cursor on its line.
func (b *Buffer) set(before, after string) {
	b.replace(b.row, b.row+1, []string{before + after})
	b.col, b.want = len(before), -1
}

// Backspace removes the rune before the cursor; at the start of a line, the line's end before it.
func (b *Buffer) Backspace() {
	row, before, after := b.Cursor()
	switch {
	case before != "":
		_, n := utf8.DecodeLastRuneInString(before)
		b.set(before[:len(before)-n], after)
	case row > 0:
		b.row--
		above := b.line()
		b.replace(b.row, b.row+2, []string{above + after})
		b.col, b.want = len(above), -1
	}
}

// Delete removes the rune after the cursor; at the end of a line, the line's end.
func (b *Buffer) Delete() {
	row, before, after := b.Cursor()
	switch {
	case after != "":
		_, n := utf8.DecodeRuneInString(after)
		b.set(before, after[n:])
	case row < len(b.lines)-1:
		b.replace(row, row+2, []string{before + b.lines[row+1]})
	}
}

// DeleteWord removes the word before the cursor.
func (b *Buffer) DeleteWord() {
	_, before, after := b.Cursor()
	if before == "" {
		b.Backspace()
		return
	}
	b.set(before[:wordStart(before)], after)
}

// DeleteToStart removes what is before the cursor on its line.
func (b *Buffer) DeleteToStart() {
	_, _, after := b.Cursor()
	b.set("", after)
}

// wordStart is where the last word of a text starts.
func wordStart(s string) int {
	s = strings.TrimRight(s, separators)
	return strings.LastIndexAny(s, separators) + 1
}

// wordEnd is where the first word of a text ends.
func wordEnd(s string) int {
	rest := strings.TrimLeft(s, separators)
	n := len(s) - len(rest)
	if i := strings.IndexAny(rest, separators); i >= 0 {
		return n + i
	}
	return len(s)
}

// separators stand between words.
const separators = " \t/=,:;|&()[]{}\"'"
