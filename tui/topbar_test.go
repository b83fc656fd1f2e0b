package tui_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui"
)

// TestTheClusterIsAlwaysNamed says that the bar leaves out other things first, and that its tabs are where they are drawn.
func TestTheClusterIsAlwaysNamed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		want  string
	}{
		{"simulated", 80, "podsec ▌Labs F3 Cluster F4 Policies F5 Reports F6 Shell simulated ● ready"},
		{"lab-cluster", 80, "▌Labs F3 Cluster F4 Policies F5 Reports F6 Shell lab-cluster ● ready"},
		{"arn:aws:eks:eu-central-1:111122223333:cluster/workshop", 80, "▌Labs F3 Cluster F4 Policies F5 Reports F6 Shell workshop ● ready"},
		{"a-cluster-of-a-very-long-name-indeed", 80, "▌Labs F3 Cluster F4 Policies F5 Reports F6 Shell a-cluster-of-a-v… ● ready"},
		{"lab-cluster", 62, "▌Labs Cluster Policies Reports Shell lab-cluster ● ready"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := ready(t, tt.width, 24, func(_ *driver, o *tui.Options) { o.ClusterName = tt.name })
			bar, _, _ := strings.Cut(d.plain(), "\n")
			if got := strings.Join(strings.Fields(bar), " "); got != tt.want {
				t.Errorf("the bar is\n%q, want\n%q", got, tt.want)
			}
			before, _, _ := strings.Cut(bar, "Policies")
			d.send(tea.MouseClickMsg{X: ansi.StringWidth(before), Button: tea.MouseLeft})
			d.mustShow("▌Policies")
		})
	}
}
