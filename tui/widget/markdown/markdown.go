// Package markdown shows a lab's prose.
package markdown

import (
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Renderer renders Markdown in one style. It keeps what it rendered last, which is asked for again with every frame. It is
// not safe for concurrent use.
type Renderer struct {
	styles style.Styles
	parser parser.Parser
	source string
	width  int
	lines  []string
}

// NewRenderer returns a renderer for the given styles. What it reads is CommonMark with GitHub's tables, task lists, bare
// addresses and text struck through.
func NewRenderer(st style.Styles) *Renderer {
	return &Renderer{styles: st, parser: goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()}
}

// Render returns the source as lines of at most width cells, none for a width of nothing. Each line can be painted alone:
// styles end with it.
func (r *Renderer) Render(md string, width int) []string {
	if width <= 0 {
		return nil
	}
	if md != r.source || width != r.width || r.lines == nil {
		r.source, r.width, r.lines = md, width, r.render([]byte(text.Clean(md)), width)
	}
	return r.lines
}

func (r *Renderer) render(md []byte, width int) []string {
	p := page{source: md, styles: r.styles, look: r.styles.Markdown()}
	lines := p.blocks(r.parser.Parse(source.NewReader(md)), width, nil)
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = text.Cut(line, width) // half a wide character does not go into a column of one cell
	}
	return out
}
