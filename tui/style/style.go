// Package style is how the app looks: one palette for dark and one for light terminals, and the styles made from it.
// Styles are values; whoever draws is handed them.
package style

import (
	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
)

// Styles is what the app draws with. Every state that a colour shows is shown by a symbol too (see the constants), since
// colour may be switched off or not be seen.
type Styles struct {
	Palette Palette
	Dark    bool

	Text, Strong, Muted, Faint lipgloss.Style
	Accent, Second             lipgloss.Style
	Good, Warn, Bad            lipgloss.Style
	Line                       lipgloss.Style // rules between panes
	Title                      lipgloss.Style // the name of a screen
	Brand                      lipgloss.Style // the app's name
	Selected                   lipgloss.Style // the row under the cursor
	Head, HeadFocus            lipgloss.Style // the title of a pane
	Command                    lipgloss.Style // a command line
	Key                        lipgloss.Style // a key in running text
	Dialog                     lipgloss.Style // the frame of a dialog
	Value, Number              lipgloss.Style // parts of a manifest
	Cursor                     lipgloss.Style // the cell that is written to next
	Help                       help.Styles
}

// Symbols that stand beside colours.
const (
	Done    = "✓"
	Failed  = "✗"
	Here    = "●"
	Todo    = "○"
	Skipped = "!"
	Applied = "▪"
	Cursor  = "▸"
	Added   = "+"
	Changed = "~"
	Removed = "-"
	Focus   = "▌"
)

// New returns the styles for a dark or a light background.
func New(dark bool) Styles {
	p := Light()
	if dark {
		p = Dark()
	}
	return from(p, dark)
}

// from makes the styles of a palette.
func from(p Palette, dark bool) Styles {
	fg := func(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }
	s := Styles{
		Palette: p, Dark: dark,
		Text: lipgloss.NewStyle(), Strong: lipgloss.NewStyle().Bold(true),
		Muted: fg(p.Muted), Faint: fg(p.Faint), Accent: fg(p.Accent), Second: fg(p.Second),
		Good: fg(p.Good), Warn: fg(p.Warn), Bad: fg(p.Bad), Line: fg(p.Line),
		Title:     lipgloss.NewStyle().Bold(true),
		Brand:     fg(p.Onto).Background(lipgloss.Color(p.Accent)).Bold(true).Padding(0, 1),
		Selected:  lipgloss.NewStyle().Background(lipgloss.Color(p.Select)).Bold(true),
		Head:      fg(p.Muted),
		HeadFocus: fg(p.Accent).Bold(true),
		Command:   lipgloss.NewStyle().Bold(true),
		Key:       fg(p.Accent).Bold(true),
		Value:     fg(p.String), Number: fg(p.Number),
		Cursor: lipgloss.NewStyle().Reverse(true),
	}
	s.Dialog = lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).
		BorderForeground(lipgloss.Color(p.Accent)).Padding(0, 1)
	s.Help = help.Styles{
		Ellipsis: s.Faint, ShortKey: s.Key, ShortDesc: s.Muted, ShortSeparator: s.Line,
		FullKey: s.Key, FullDesc: s.Muted, FullSeparator: s.Line,
	}
	return s
}
