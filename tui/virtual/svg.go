package virtual

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// The measures of a picture in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	pictureGap = 12
)

// SVG draws what is on the screen as a picture.
func (t *Terminal) SVG() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	width, height := t.emulator.Width(), t.emulator.Height()
	w, h := float64(width)*cellWidth+2*pictureGap, height*cellHeight+2*pictureGap
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" `, w, h, w, h)
	b.WriteString(`font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">` + "\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="#1a1b26"/>`+"\n")
	for y := range height {
		svgRow(&b, t.emulator, y, width)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// svgRow draws a line as runs of cells that look the same.
func svgRow(b *strings.Builder, emu *vt.Emulator, y, width int) {
	for x := 0; x < width; {
		first := emu.CellAt(x, y)
		var text strings.Builder
		start := x
		for ; x < width; x++ {
			cell := emu.CellAt(x, y)
			if !cell.Style.Equal(&first.Style) {
				break
			}
			text.WriteString(cell.Content)
		}
		svgRun(b, text.String(), first.Style, start, y, x-start)
	}
}

func svgRun(b *strings.Builder, text string, s uv.Style, x, y, cells int) {
	left, top := float64(x)*cellWidth+pictureGap, y*cellHeight+pictureGap
	if s.Bg != nil {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n",
			left, top, float64(cells)*cellWidth, cellHeight, hex(s.Bg))
	}
	trimmed := strings.TrimRight(text, " ")
	if trimmed == "" {
		return
	}
	fill, weight := "#c8cde4", ""
	if s.Fg != nil {
		fill = hex(s.Fg)
	}
	if s.Attrs&uv.AttrBold != 0 {
		weight = ` font-weight="bold"`
	}
	cells -= len(text) - len(trimmed)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s xml:space="preserve">%s</text>`+"\n",
		left, top+13, float64(cells)*cellWidth, fill, weight, html.EscapeString(trimmed))
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
