// Package markdown shows a lab's prose.
package markdown

import (
	"strings"

	"charm.land/glamour/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/yaml"
)

// Renderer renders Markdown at one width and in one style. Making one is dear, and so is rendering: it keeps what it
// rendered last, which is asked for again with every frame. It is not safe for concurrent use.
type Renderer struct {
	styles style.Styles
	width  int
	term   *glamour.TermRenderer
	// endless is a renderer that breaks no lines.
	endless *glamour.TermRenderer
	source  string
	lines   []string
}

// NewRenderer returns a renderer for the given styles; its width is set by Render.
func NewRenderer(st style.Styles) *Renderer { return &Renderer{styles: st} }

// Render returns the source as lines of at most width cells. Markdown that cannot be rendered is shown as its source.
func (r *Renderer) Render(source string, width int) []string {
	if width <= 0 {
		return nil
	}
	if source == r.source && width == r.width && r.lines != nil {
		return r.lines
	}
	if r.term == nil || width != r.width {
		r.term, r.width = newTerm(r.styles, width), width
		if r.endless == nil {
			r.endless = newTerm(r.styles, 0)
		}
	}
	r.source, r.lines = source, r.render(text.Clean(source))
	return r.lines
}

func (r *Renderer) render(source string) []string {
	out := []string{}
	for _, s := range split(source) {
		if s.code {
			out = append(out, r.code(s)...)
		} else {
			out = append(out, r.prose(s.text)...)
		}
		out = append(out, "")
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// code shows a fenced block behind a bar, as wide as the text allows: prose may be wrapped, code is cut into pieces that
// still read as code.
func (r *Renderer) code(s segment) []string {
	bar := r.styles.Line.Render("│") + " "
	var out []string
	for _, line := range yaml.Highlight(s.text, s.language, r.styles) {
		for _, part := range strings.Split(ansi.Hardwrap(line, max(1, r.width-2), true), "\n") {
			out = append(out, text.Cut(bar+part, r.width))
		}
	}
	return out
}

// trim cuts the padding that the renderer puts around a document, and empty lines at both ends.
func trim(s string) []string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		plain := strings.TrimRight(ansi.Strip(line), " ")
		lines[i] = ansi.Truncate(line, ansi.StringWidth(plain), "")
	}
	empty := func(line string) bool { return ansi.Strip(line) == "" }
	for len(lines) > 0 && empty(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && empty(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// segment is a piece of a document: prose, or the inside of a fenced code block.
type segment struct {
	code     bool
	language string
	text     string
}

// split takes the fenced code blocks at the left margin out of a document: those inside a list stay in the prose.
func split(source string) []segment {
	var out []segment
	var lines []string
	flush := func(code bool, language string) {
		if body := strings.Join(lines, "\n"); code || strings.TrimSpace(body) != "" {
			out = append(out, segment{code: code, language: language, text: body})
		}
		lines = nil
	}
	fence, language := "", ""
	for _, line := range strings.Split(source, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			flush(false, "")
			language = strings.TrimLeft(line, "`")
			fence, language = line[:len(line)-len(language)], firstWord(language)
		case fence != "" && strings.TrimRight(line, " ") == fence:
			flush(true, language)
			fence = ""
		default:
			lines = append(lines, line)
		}
	}
	flush(fence != "", language)
	return out
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}
