package style

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Markdown is what prose is drawn with: what each kind of text adds to the style of the text around it.
type Markdown struct {
	Heading, Strong, Emphasis, Struck ansi.Style
	Code, Quote, Link, Address, Rule  ansi.Style
}

// Markdown returns the styles of prose in the app's palette.
func (s Styles) Markdown() Markdown {
	p := s.Palette
	return Markdown{
		Heading:  coloured(p.Accent).Bold(),
		Strong:   coloured("").Bold(),
		Emphasis: coloured("").Italic(true),
		Struck:   coloured("").Strikethrough(true),
		Code:     coloured(p.Second),
		Quote:    coloured(p.Muted),
		Link:     coloured(p.Accent),
		Address:  coloured(p.Muted).Underline(true),
		Rule:     coloured(p.Line),
	}
}

// coloured is a style with a colour of the palette, with none where the palette has none.
func coloured(hex string) ansi.Style {
	if hex == "" {
		return nil
	}
	return ansi.Style{}.ForegroundColor(lipgloss.Color(hex))
}
