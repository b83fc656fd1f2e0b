package tui_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestResizeStorm says that every frame has the size of its terminal, whatever sizes come one after the other.
func TestResizeStorm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, play := range map[string]func() *driver{
		"read":    func() *driver { return inLab(t, 80, 24) },
		"predict": func() *driver { return inKinds(t, 80, 24, 0) },
		"edit": func() *driver {
			d := inKinds(t, 80, 24, 1)
			d.keys("enter", "ctrl+end")
			d.typeText("  wide: 日本語 [")
			return d
		},
		"explore": func() *driver {
			d := inKinds(t, 80, 24, 2)
			d.keys("enter")
			d.typeText(strings.Repeat("long ", 60))
			return d
		},
		"shell":   func() *driver { d := inKinds(t, 80, 24, 2); d.keys("f6"); return d },
		"palette": func() *driver { d := inLab(t, 80, 24); d.keys(":"); return d },
	} {
		t.Run(name, func(t *testing.T) {
			d := play()
			d.t = t
			for range 60 {
				w, h := random.IntN(220), random.IntN(70)
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
				if w > 0 && h > 0 {
					mustFill(t, d.content(), w, h)
				}
			}
		})
	}
}

// TestPastedMegabytes says that no paste makes anything larger than it may be.
func TestPastedMegabytes(t *testing.T) {
	huge := tea.PasteMsg{Content: strings.Repeat("0123456789 \x1b[2J日本\n", 400_000)}
	d := inKinds(t, 80, 24, 1)
	d.keys("enter")
	d.send(huge)
	d.mustShow("That is too much")
	d.keys("esc", "n", "enter")
	d.send(huge)
	d.mustShow("$ …")
	d.keys("ctrl+c", "f6")
	d.send(huge)
	d.mustShow("▌Shell")
	d.keys("ctrl+k")
	d.send(huge)
	d.mustShow("nothing is called so")
	d.keys("esc", "f2", "esc", "q")
	d.mustShow("▌Labs")
	d.send(huge) // where nothing is written
	d.mustShow("▌Labs")
}
