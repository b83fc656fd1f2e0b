package style

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Paint is how a text looks: its colours and its weight. A frame has a thousand painted texts; a lipgloss.Style, which can
// lay out as well, takes ten times as long for each. The zero Paint leaves texts as they are.
type Paint struct {
	on string // the sequence before a text, "" for none
}

// paint is the Paint of a look.
func paint(look ansi.Style) Paint {
	if len(look) == 0 {
		return Paint{}
	}
	return Paint{on: look.String()}
}

// Render returns s in the paint's look, each of its lines by itself. s has no styles of its own.
func (p Paint) Render(s string) string {
	if p.on == "" || s == "" {
		return s
	}
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", ansi.ResetStyle+"\n"+p.on)
	}
	return p.on + s + ansi.ResetStyle
}

// Append appends the parts of a text in the paint's look to a line.
func (p Paint) Append(line []byte, parts ...string) []byte {
	line = append(line, p.on...)
	for _, s := range parts {
		line = append(line, s...)
	}
	if p.on == "" {
		return line
	}
	return append(line, ansi.ResetStyle...)
}

// Under returns a line on the paint's background, through the styles that it holds.
func (p Paint) Under(line string) string {
	return p.on + strings.ReplaceAll(line, ansi.ResetStyle, ansi.ResetStyle+p.on) + ansi.ResetStyle
}

// Bold is the paint with heavier letters.
func (p Paint) Bold() Paint { return p.with("1") }

// Struck is the paint with a line through the letters.
func (p Paint) Struck() Paint { return p.with("9") }

// with is the paint with another attribute before its own.
func (p Paint) with(attribute string) Paint {
	if p.on == "" {
		return Paint{on: "\x1b[" + attribute + "m"}
	}
	return Paint{on: "\x1b[" + attribute + ";" + strings.TrimPrefix(p.on, "\x1b[")}
}
