package dialog

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/buffer"
)

// Palette finds one of many things by some letters of its name.
type Palette struct {
	items  []screen.Item
	names  []name // of the items
	query  buffer.Buffer
	found  []match
	cursor int
	page   int // lines shown last
}

// NewPalette returns the palette with all items in sight.
func NewPalette(items []screen.Item) *Palette {
	p := &Palette{items: items, names: namesOf(items), page: 1}
	p.search()
	return p
}

func (p *Palette) search() { p.found, p.cursor = find(p.names, p.query.Text()), 0 }

func (p *Palette) to(i int) { p.cursor = max(0, min(i, len(p.found)-1)) }

// Key implements Dialog.
func (p *Palette) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	on := func(keys ...string) key.Binding { return key.NewBinding(key.WithKeys(keys...)) }
	switch {
	case key.Matches(k, on("enter")) && p.cursor < len(p.found):
		return true, p.items[p.found[p.cursor].index].Then
	case key.Matches(k, on("esc", "ctrl+c", "ctrl+k")):
		return true, nil
	case key.Matches(k, on("up", "ctrl+p", "shift+tab")):
		p.to(p.cursor - 1)
	case key.Matches(k, on("down", "ctrl+n", "tab")):
		p.to(p.cursor + 1)
	case key.Matches(k, on("pgup")):
		p.to(p.cursor - p.page)
	case key.Matches(k, on("pgdown")):
		p.to(p.cursor + p.page)
	case p.query.Key(k):
		p.search()
	}
	return false, nil
}

// Paste inserts a text into what is searched for.
func (p *Palette) Paste(pasted string) {
	p.query.PasteLine(pasted)
	p.search()
}

// Render implements Dialog. Its size does not depend on what is found, so that it does not jump while one types.
func (p *Palette) Render(width, height int, st style.Styles) string {
	inner := min(width-margin, 76)
	p.page = max(1, height-frameLines)
	p.page = min(p.page, 16)
	lines := []string{text.Fit(st.Accent.Render(">")+" "+p.query.Line(inner-2, style.Paint{}, st.Cursor), inner)}
	from := max(0, min(p.cursor-p.page/2, len(p.found)-p.page))
	for i := from; i < from+p.page; i++ {
		switch {
		case i < len(p.found):
			lines = append(lines, p.row(i, inner, st))
		case i == 0:
			lines = append(lines, text.Fit(st.Muted.Render("  nothing is called so"), inner))
		default:
			lines = append(lines, text.Spaces(inner))
		}
	}
	return frame("Go to, or do", lines, answers(st, "↑↓", "choose", "enter", "go", "esc", "close"), width, st)
}

func (p *Palette) row(i, width int, st style.Styles) string {
	at := p.found[i].index
	item, hits := p.items[at], p.names[at].hits(p.query.Text())
	cursor, tone := "  ", st.Muted
	if i == p.cursor {
		cursor, tone = st.Key.Render(style.Cursor)+" ", st.Strong
	}
	return text.Ends(cursor+marked(text.Line(item.Text), hits, tone, st.Key), st.Faint.Render(text.Line(item.Note)), width)
}

// marked draws a name with the letters that were found in another style.
func marked(name string, hits map[int]bool, tone, hit style.Paint) string {
	var b strings.Builder
	letters := []rune(name)
	for from := 0; from < len(letters); {
		to := from + 1
		for to < len(letters) && hits[to] == hits[from] {
			to++
		}
		st := tone
		if hits[from] {
			st = hit
		}
		b.WriteString(st.Render(string(letters[from:to])))
		from = to
	}
	return b.String()
}
