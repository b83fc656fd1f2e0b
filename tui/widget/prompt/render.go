package prompt

import (
	"fmt"
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
)

// offerLines is how many lines of words are shown at most.
const offerLines = 3

// Render returns the prompt as lines of exactly width cells: the words that are offered, and the line with its cursor.
func (p *Prompt) Render(width int, focus bool, st style.Styles) []string {
	out := p.offered(width, st)
	mark := st.Accent.Render("$") + " "
	if p.search != nil {
		mark = st.Accent.Render(fmt.Sprintf("(search “%s”)", text.Line(p.search.text))) + " "
	}
	mark = text.Cut(mark, width/2)
	return append(out, text.Fit(mark+p.line(width-text.Width(mark), focus, st), width))
}

// Height is the number of lines that Render returns.
func (p *Prompt) Height(width int) int { return len(p.offered(width, style.Styles{})) + 1 }

// line is the part of the line around the cursor that there is room for.
func (p *Prompt) line(width int, focus bool, st style.Styles) string {
	if !focus {
		_, before, after := p.input.Cursor()
		return st.Muted.Render(text.Cut(text.Line(before+after), width))
	}
	return p.input.Line(width, st.Command, st.Cursor)
}

// offered is the words that are offered, in columns.
func (p *Prompt) offered(width int, st style.Styles) []string {
	if p.offer == nil || width <= 0 {
		return nil
	}
	column := 0
	for _, w := range p.offer.words {
		column = max(column, text.Width(text.Line(w))+2)
	}
	column = min(column, width)
	perLine := max(1, width/column)
	from := 0
	if p.offer.at >= perLine*offerLines {
		from = p.offer.at / perLine * perLine
	}
	return p.rows(from, perLine, column, width, st)
}

func (p *Prompt) rows(from, perLine, column, width int, st style.Styles) []string {
	words := p.offer.words
	var out []string
	for row := 0; row < offerLines && from < len(words); row++ {
		var b strings.Builder
		for i := from; i < min(from+perLine, len(words)); i++ {
			tone := st.Muted
			if i == p.offer.at {
				tone = st.Selected.Bold()
			}
			b.WriteString(tone.Render(text.Fit(text.Line(words[i]), column-2)) + "  ")
		}
		from += perLine
		line := text.Fit(b.String(), width)
		if row == offerLines-1 && from < len(words) {
			more := fmt.Sprintf("%d more ", len(words)-from)
			line = text.Fit(b.String(), width-text.Width(more)) + st.Faint.Render(more)
		}
		out = append(out, line)
	}
	return out
}
