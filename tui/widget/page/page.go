// Package page lays a screen out: its title, its content, and its keys at the end.
package page

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
)

// Page is what a screen shows.
type Page struct {
	Path   []string // the way to what is shown: "Pods", "shop/web"
	Note   string   // at the end of the title line, in colour
	Body   []string
	Status string // a line over the keys, in colour; "" for none
	Keys   []key.Binding
}

// Lines is the number of lines that a page has beside its body.
func (p Page) Lines() int {
	if p.Status != "" {
		return 3
	}
	return 2
}

// Render draws the page: its lines, in exactly its size.
func (p Page) Render(width, height int, st style.Styles) []string {
	path := make([]string, len(p.Path))
	for i, part := range p.Path {
		path[i] = text.Line(part)
	}
	room, body := max(8, width-text.Width(p.Note)-6), max(0, height-p.Lines())
	lines := []string{bar.Head(text.Cut(strings.Join(path, " › "), room), p.Note, true, width, st)}
	lines = append(lines, p.Body[:min(body, len(p.Body))]...)
	lines = append(lines, make([]string, max(0, body-len(p.Body)))...)
	if p.Status != "" {
		lines = append(lines, text.Fit(" "+p.Status, width))
	}
	lines = append(lines, bar.Keys(p.Keys, width, st))
	return text.Lines(lines, width, height)
}

// Says returns lines that stand in the middle of an empty page: a title and sentences below it.
func Says(width, height int, st style.Styles, title string, sentences ...string) []string {
	lines := []string{st.Strong.Render(text.Cut(title, width-2))}
	for _, s := range sentences {
		if s == "" {
			continue
		}
		lines = append(lines, "")
		for _, l := range text.Wrap(text.Clean(s), min(width-4, 72)) {
			lines = append(lines, st.Muted.Render(l))
		}
	}
	out := make([]string, 0, height)
	for range max(0, (height-len(lines))/3) {
		out = append(out, "")
	}
	for _, l := range lines {
		out = append(out, "  "+l)
	}
	return out
}
