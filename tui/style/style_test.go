package style_test

import (
	"image/color"
	"math"
	"reflect"
	"testing"

	"charm.land/lipgloss/v2"

	"podsec/tui/style"
)

// TestTextCanBeRead measures the contrast of every text colour on the backgrounds that terminals ship with, by the
// formula of WCAG 2: 4.5 is what it asks of text, 3 of what is only decoration or repeated elsewhere.
func TestTextCanBeRead(t *testing.T) {
	for _, tt := range []struct {
		name    string
		palette style.Palette
		grounds []string
		least   float64
	}{
		{"dark", style.Dark(), []string{"#000000", "#1e1e1e", "#1a1b26", style.Dark().Select}, 4.5},
		{"light", style.Light(), []string{"#ffffff", "#fafafa", style.Light().Select}, 4.5},
		{"contrast on dark", style.Themed(style.Contrast, true).Palette, []string{"#000000", "#1e1e1e", style.Themed(style.Contrast, true).Palette.Select}, 7},
		{"contrast on light", style.Themed(style.Contrast, false).Palette, []string{"#ffffff", style.Themed(style.Contrast, false).Palette.Select}, 7},
	} {
		p := reflect.ValueOf(tt.palette)
		for i := range p.NumField() {
			name, hex := p.Type().Field(i).Name, p.Field(i).String()
			want := tt.least
			switch name {
			case "Line", "Select", "Onto":
				continue // not text, or not on this ground
			case "Faint":
				want -= 1.5
			}
			for _, ground := range tt.grounds {
				if got := contrast(hex, ground); got < want {
					t.Errorf("%s: %s (%s) on %s has a contrast of %.1f, want %.1f", tt.name, name, hex, ground, got, want)
				}
			}
		}
		if got := contrast(tt.palette.Onto, tt.palette.Accent); got < 4.5 {
			t.Errorf("%s: text on the accent colour has a contrast of %.1f", tt.name, got)
		}
	}
}

func contrast(a, b string) float64 {
	la, lb := luminance(lipgloss.Color(a)), luminance(lipgloss.Color(b))
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestSymbolsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []string{
		style.Done, style.Failed, style.Here, style.Todo, style.Skipped, style.Cursor, style.Added, style.Changed,
		style.Removed, style.Focus,
	} {
		if seen[s] || lipgloss.Width(s) != 1 {
			t.Errorf("symbol %q is taken or not one cell wide", s)
		}
		seen[s] = true
	}
}
