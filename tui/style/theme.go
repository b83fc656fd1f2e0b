package style

import (
	"slices"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
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
	none, bold := lipgloss.NewStyle(), lipgloss.NewStyle().Bold(true)
	s := Styles{
		Dark: dark, Text: none, Strong: bold, Muted: none, Faint: none, Accent: bold, Second: none, Good: none, Warn: bold,
		Bad: bold, Line: none, Title: bold, Brand: bold.Reverse(true).Padding(0, 1), Selected: bold.Reverse(true), Head: none,
		HeadFocus: bold.Underline(true), Command: bold, Key: bold, Value: none, Number: none,
		Cursor: lipgloss.NewStyle().Reverse(true),
	}
	s.Dialog = lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).Padding(0, 1)
	s.Help = help.Styles{ShortKey: s.Key, FullKey: s.Key}
	return s
}
