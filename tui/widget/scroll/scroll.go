// Package scroll shows the part of a text that fits, and moves it.
package scroll

import (
	"strings"

	"charm.land/bubbles/v2/viewport"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Pane is a scrolled text. The last column is kept for a scroll bar, so that text does not move when the bar appears.
// The zero value is not ready for use: call New.
type Pane struct {
	view   viewport.Model
	width  int
	follow bool
}

// New returns an empty pane. A pane that follows stays at its end when text is added, unless it was scrolled up.
func New(follow bool) Pane {
	v := viewport.New()
	v.FillHeight = true
	return Pane{view: v, follow: follow}
}

// TextWidth is the width that a text may have in a pane of the given width: a column is left free at its start, and one
// before the scroll bar.
func TextWidth(width int) int { return max(0, width-3) }

// SetSize sets the pane's size in cells and keeps the position where that is possible.
func (p *Pane) SetSize(width, height int) {
	atEnd := p.view.AtBottom()
	p.width = width
	p.view.SetWidth(max(0, width-2))
	p.view.SetHeight(max(0, height))
	p.settle(atEnd)
}

// SetLines replaces the text. Lines must not be wider than TextWidth.
func (p *Pane) SetLines(lines []string) {
	atEnd := p.view.AtBottom()
	p.view.SetContentLines(lines)
	p.settle(atEnd)
}

func (p *Pane) settle(atEnd bool) {
	if p.follow && atEnd || p.view.PastBottom() {
		p.view.GotoBottom()
	}
}

// Lines moves the text by n lines, up when n is negative.
func (p *Pane) Lines(n int) {
	if n < 0 {
		p.view.ScrollUp(-n)
		return
	}
	p.view.ScrollDown(n)
}

// Pages moves the text by n heights of the pane, less a line to keep one's place.
func (p *Pane) Pages(n int) { p.Lines(n * max(1, p.view.Height()-1)) }

// Home goes to the first line.
func (p *Pane) Home() { p.view.GotoTop() }

// End goes to the last line.
func (p *Pane) End() { p.view.GotoBottom() }

// Offset is the number of lines above the first one shown.
func (p *Pane) Offset() int { return p.view.YOffset() }

// Below is the number of lines after the last one shown.
func (p *Pane) Below() int {
	return max(0, p.view.TotalLineCount()-p.view.YOffset()-p.view.Height())
}

// Render returns the visible part with its scroll bar, in exactly the pane's size.
func (p *Pane) Render(bar style.Paint) string {
	height := p.view.Height()
	if height <= 0 || p.width <= 0 {
		return ""
	}
	lines := strings.Split(p.view.View(), "\n")
	from, to := p.thumb()
	out := make([]string, height)
	for i := range out {
		mark := " "
		if i >= from && i < to {
			mark = bar.Render("┃")
		}
		var line string
		if i < len(lines) {
			line = lines[i]
		}
		out[i] = text.Fit(" "+line, p.width-1) + mark
	}
	return strings.Join(out, "\n")
}

// thumb is the range of lines that the bar's handle covers: none when everything is visible.
func (p *Pane) thumb() (from, to int) {
	total, height := p.view.TotalLineCount(), p.view.Height()
	if total <= height {
		return 0, 0
	}
	size := max(1, height*height/total)
	hidden := total - height
	from = (p.view.YOffset()*(height-size) + hidden/2) / hidden
	return from, from + size
}
