package tui_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestScreensByKeyAndClick goes through the screens by their keys, their tabs, and back.
func TestScreensByKeyAndClick(t *testing.T) {
	d := inLab(t, 100, 30)
	d.keys("f3")
	d.mustShow("▌Cluster", "F2 Lab 2")
	d.keys("f4")
	d.mustShow("▌Policies")
	d.keys("f1")
	d.mustShow("Everywhere", "F2–F6")
	d.keys("esc", "esc")
	d.mustShow("▌Cluster")
	d.keys("esc")
	d.mustShow("▌Lab 2", "Why labels")
	d.send(tea.MouseClickMsg{X: 45, Y: 0, Button: tea.MouseLeft})
	d.mustShow("▌Reports")
	d.keys("f2")
	d.mustShow("Why labels")
	d.keys("q")
	d.mustShow("▌Labs", "Restrict image registries")
}
