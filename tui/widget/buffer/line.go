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
	if over := text.Width(before) + text.Width(under) - width; over > 0 {
		before = text.Ellipsis + ansi.Cut(before, over+1, text.Width(before))
	}
	return text.Cut(tone.Render(before)+cursor.Render(under)+tone.Render(after), width)
}
