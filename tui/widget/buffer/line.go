package buffer

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
)

// longest is how many letters of a text that is pasted are taken into a single line: what is pasted may be anything.
const longest = 200

// PasteLine puts a text that was pasted before the cursor as a part of its line, without what a terminal would obey.
func (b *Buffer) PasteLine(pasted string) {
	letters := []rune(text.Line(pasted))
	b.Insert(string(letters[:min(len(letters), longest)]))
}

// Line draws the line of the cursor in at most width cells, with the cursor on the letter after it. When there is no room for
// all, the cursor stays in sight: what stands left of it is cut first.
func (b *Buffer) Line(width int, tone, cursor style.Paint) string {
	_, before, after := b.Cursor()
	before, after = text.Line(before), text.Line(after)
	under := " "
	if after != "" {
		_, n := utf8.DecodeRuneInString(after)
		under, after = after[:n], after[n:]
	}
	before = lastOf(before, width-text.Width(under))
	return text.Cut(tone.Render(before)+cursor.Render(under)+tone.Render(after), width)
}

// lastOf is the end of a text that has room, behind an ellipsis when it is not all of it.
func lastOf(s string, room int) string {
	whole := text.Width(s)
	if whole <= room {
		return s
	}
	from := whole - room + 1
	rest := ansi.Cut(s, from, whole)
	if text.Width(rest) >= room { // it begins with half of a wide character
		rest = ansi.Cut(s, from+1, whole)
	}
	return text.Ellipsis + rest
}
