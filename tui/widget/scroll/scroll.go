// Package scroll shows the part of a text that fits, and moves it.
package scroll

import (
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Pane is a scrolled text. The last column is kept for a scroll bar, so that text does not move when the bar appears. The
// zero Pane is empty.
type Pane struct {
	lines         []string
	top           int // the first line shown
	width, height int
	follow        bool
}

// New returns an empty pane. A pane that follows stays at its end when text is added, unless it was scrolled up.
func New(follow bool) Pane { return Pane{follow: follow} }

// TextWidth is the width that a text may have in a pane of the given width: a column is left free at its start, and one
// before the scroll bar.
func TextWidth(width int) int { return max(0, width-3) }

// SetSize sets the pane's size in cells and keeps the position where that is possible.
func (p *Pane) SetSize(width, height int) {
	atEnd := p.atEnd()
	p.width, p.height = width, max(0, height)
	p.settle(atEnd)
}

// SetLines replaces the text. The pane reads the lines whenever it is drawn, so they must not change; of lines that are wider than
// TextWidth, the end is not seen.
func (p *Pane) SetLines(lines []string) {
	atEnd := p.atEnd()
	p.lines = lines
	p.settle(atEnd)
}

// last is the first line that is shown at the end of the text.
func (p *Pane) last() int { return max(0, len(p.lines)-p.height) }

func (p *Pane) atEnd() bool { return p.top >= p.last() }

func (p *Pane) settle(atEnd bool) {
	if p.follow && atEnd || p.top > p.last() {
		p.End()
	}
}

// Lines moves the text by n lines, up when n is negative.
func (p *Pane) Lines(n int) { p.top = max(0, min(p.top+n, p.last())) }

// Pages moves the text by n heights of the pane, less a line to keep one's place.
func (p *Pane) Pages(n int) { p.Lines(n * max(1, p.height-1)) }

// Home goes to the first line.
func (p *Pane) Home() { p.top = 0 }

// End goes to the last line.
func (p *Pane) End() { p.top = p.last() }

// Offset is the number of lines above the first one shown.
func (p *Pane) Offset() int { return p.top }

// Below is the number of lines after the last one shown.
func (p *Pane) Below() int { return max(0, len(p.lines)-p.top-p.height) }

// Render returns the visible part with its scroll bar, in exactly the pane's size.
func (p *Pane) Render(bar style.Paint) []string {
	if p.height <= 0 || p.width <= 0 {
		return nil
	}
	out := make([]string, p.height)
	from, to := p.thumb()
	handle := bar.Render("┃")
	for i := range out {
		mark := " "
		if i >= from && i < to {
			mark = handle
		}
		line := ""
		if p.top+i < len(p.lines) {
			line = p.lines[p.top+i]
		}
		if room := p.width - 2 - text.Width(line); room >= 0 {
			out[i] = " " + line + text.Spaces(room) + mark
		} else {
			out[i] = text.Fit(" "+ansi.Truncate(line, max(0, p.width-2), ""), p.width-1) + mark
		}
	}
	return out
}

// thumb is the range of lines that the bar's handle covers: none when everything is visible.
func (p *Pane) thumb() (from, to int) {
	total := len(p.lines)
	if total <= p.height {
		return 0, 0
	}
	size := max(1, p.height*p.height/total)
	hidden := total - p.height
	from = (p.top*(p.height-size) + hidden/2) / hidden
	return from, from + size
}
