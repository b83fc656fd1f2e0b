// Package style is how the app looks: one palette for dark and one for light terminals, and the styles made from it.
// Styles are values; whoever draws is handed them.
package style

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Styles is what the app draws with. Every state that a colour shows is shown by a symbol too (see the constants), since
// colour may be switched off or not be seen.
type Styles struct {
	Palette Palette
	Dark    bool

	Text, Strong, Muted, Faint Paint
	Accent, Second             Paint
	Good, Warn, Bad            Paint
	Line                       Paint  // rules between panes, and frames in them
	Title                      Paint  // the name of a screen
	Brand                      string // the app's name, as it is drawn
	Selected                   Paint  // what is under the row of the cursor
	Head, HeadFocus            Paint  // the title of a pane
	Command                    Paint  // a command line
	Key                        Paint  // a key in running text
	Frame                      Paint  // the frame of a dialog
	Value, Number              Paint  // parts of a manifest
	Cursor                     Paint  // the cell that is written to next
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
	fg := func(hex string) Paint { return paint(ansi.Style{}.ForegroundColor(lipgloss.Color(hex))) }
	bold, accent := paint(ansi.Style{}.Bold()), lipgloss.Color(p.Accent)
	return Styles{
		Palette: p, Dark: dark,
		Strong: bold, Muted: fg(p.Muted), Faint: fg(p.Faint), Accent: fg(p.Accent), Second: fg(p.Second),
		Good: fg(p.Good), Warn: fg(p.Warn), Bad: fg(p.Bad), Line: fg(p.Line), Title: bold,
		Brand:    brand(lipgloss.NewStyle().Foreground(lipgloss.Color(p.Onto)).Background(accent)),
		Selected: paint(ansi.Style{}.BackgroundColor(lipgloss.Color(p.Select))),
		Head:     fg(p.Muted), HeadFocus: fg(p.Accent).Bold(), Command: bold, Key: fg(p.Accent).Bold(), Frame: fg(p.Accent),
		Value: fg(p.String), Number: fg(p.Number), Cursor: reversed(),
	}
}

// brand draws the app's name.
func brand(look lipgloss.Style) string { return look.Bold(true).Padding(0, 1).Render("podsec") }

func reversed() Paint { return paint(ansi.Style{}.Reverse(true)) }
