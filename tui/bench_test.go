package tui_test

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"podsec/tui"
)

// BenchmarkFirstFrame is from nothing to the first frame of the home screen.
func BenchmarkFirstFrame(b *testing.B) {
	labs := someLabs()
	for b.Loop() {
		m := tui.New(context.Background(), tui.Options{Labs: labs, ClusterName: "simulated"})
		m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkFrame is a frame of the lab screen, side by side.
func BenchmarkFrame(b *testing.B) {
	m := tui.New(context.Background(), tui.Options{Labs: someLabs(), ClusterName: "simulated"})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Update(keyPress("down"))
	m.Update(keyPress("enter"))
	m.Update(keyPress("n"))
	for b.Loop() {
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkOpenLab is from the key to the first frame of a lab, which renders its prose.
func BenchmarkOpenLab(b *testing.B) {
	labs := someLabs()
	for b.Loop() {
		m := tui.New(context.Background(), tui.Options{Labs: labs, ClusterName: "simulated"})
		m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		m.Update(keyPress("down"))
		m.Update(keyPress("enter"))
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}
