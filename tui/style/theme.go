package style

import (
	"slices"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Theme is a look that can be chosen.
type Theme string

// The themes.
const (
	Auto     Theme = "auto"     // by the background that the terminal says it has
	OnDark   Theme = "dark"     // for a dark background
	OnLight  Theme = "light"    // for a light background
	Contrast Theme = "contrast" // few colours, far from the background
	Plain    Theme = "plain"    // no colours: bold, underlined and reversed text only
)

// Themes are all themes in the order in which they are offered.
func Themes() []Theme { return []Theme{Auto, OnDark, OnLight, Contrast, Plain} }

// Known reports whether there is a theme of that name.
func Known(name string) bool { return slices.Contains(Themes(), Theme(name)) }

// Themed returns the styles of a theme. dark is what the terminal says of its background.
func Themed(t Theme, dark bool) Styles {
	switch t {
	case OnDark:
		return New(true)
	case OnLight:
		return New(false)
	case Contrast:
		return contrast(dark)
	case Plain:
		return plain(dark)
	case Auto:
	}
	return New(dark)
}

// contrast is the styles of the theme with few colours: what is secondary elsewhere is not faint here.
func contrast(dark bool) Styles {
	p := Palette{
		Muted: "#202020", Faint: "#303030", Accent: "#0000b0", Second: "#5a0080", Good: "#004d00", Warn: "#5c3000",
		Bad: "#8f0000", Line: "#000000", Select: "#ffe97a", String: "#004d00", Number: "#5c3000", Onto: "#ffffff",
	}
	if dark {
		p = Palette{
			Muted: "#f0f0f0", Faint: "#d8d8d8", Accent: "#5cf0ff", Second: "#ffc8ff", Good: "#5cff5c", Warn: "#ffee55",
			Bad: "#ffa0a0", Line: "#ffffff", Select: "#001f5c", String: "#b8ffb8", Number: "#ffd9a0", Onto: "#000000",
		}
	}
	return from(p, dark)
}

// plain is the styles without colours.
func plain(dark bool) Styles {
	bold := paint(ansi.Style{}.Bold())
	return Styles{
		Dark: dark, Strong: bold, Accent: bold, Warn: bold, Bad: bold, Title: bold, Command: bold, Key: bold,
		Brand: brand(lipgloss.NewStyle().Reverse(true)), Selected: reversed(), Cursor: reversed(),
		HeadFocus: paint(ansi.Style{}.Bold().Underline(true)),
	}
}
