package tui_test

import (
	"context"
	"errors"
	"image/color"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"podsec/labs"
	"podsec/tui"
)

// scenes are what the screens look like at moments of a learner's way.
var scenes = []struct {
	name string
	play func(t *testing.T, width, height int) *driver
}{
	{"home-first", func(t *testing.T, w, h int) *driver { return ready(t, w, h) }},
	{"home-resume", func(t *testing.T, w, h int) *driver {
		return ready(t, w, h, func(d *driver, _ *tui.Options) {
			d.progress.labs = map[string]kept{
				"00-levels": {Step: "read", Done: []string{"read"}},
				"02-labels": {Step: "denied", Done: []string{"why", "apply", "older"}},
			}
		})
	}},
	{"lab-read", func(t *testing.T, w, h int) *driver { return inLab(t, w, h) }},
	{"lab-run", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("n")
		return d
	}},
	{"lab-denied", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("n", "n", "enter")
		d.waitFor("✓ done")
		d.states <- after()
		d.keys("4")
		d.waitFor("+ pod default/redis")
		d.keys("3")
		return d
	}},
	{"lab-cluster", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("4")
		return d
	}},
	{"lab-hint", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("n", "n", "h", "h")
		return d
	}},
	{"steps", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("n", "n", "s")
		return d
	}},
	{"help", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("?")
		return d
	}},
	{"predict", func(t *testing.T, w, h int) *driver { return inKinds(t, w, h, 0) }},
	{"predicted", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 0)
		d.keys("3", "enter")
		d.waitFor("✓ done")
		return d
	}},
	{"answered", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 0)
		d.keys("3")
		return d
	}},
	{"prepare", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("s", "end", "enter")
		return d
	}},
	{"apply", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 1)
		d.keys("h", "h", "h", "a")
		return d
	}},
	{"leftovers", func(t *testing.T, w, h int) *driver {
		return inLab(t, w, h, withLeft(nil, "the ClusterPolicy require-labels", "the policy p in ui"))
	}},
	{"lab-broken", func(t *testing.T, w, h int) *driver {
		d := ready(t, w, h, withoutLabs)
		d.states <- before()
		d.keys("home", "down", "enter")
		d.until("the lab is broken and the cluster is seen", func() bool {
			return d.shows("try again") && d.taken["tui.stateMsg"] > 0
		})
		return d
	}},
	{"edit", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 1)
		d.keys("enter", "ctrl+end", "up", "end")
		d.typeText(" b: [")
		return d
	}},
	{"mistake", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 1)
		d.keys("r")
		d.waitFor("✗ not yet")
		return d
	}},
	{"solution", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 1)
		d.keys("h", "h", "h")
		return d
	}},
	{"explore", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 2)
		d.keys("enter")
		d.typeText("kubectl get po")
		d.keys("tab")
		d.waitFor("podtemplates")
		return d
	}},
	{"recap", func(t *testing.T, w, h int) *driver { return inKinds(t, w, h, 3) }},
	{"shell", func(t *testing.T, w, h int) *driver {
		d := inKinds(t, w, h, 0)
		d.keys("f6")
		d.typeText("kubectl get pods")
		d.keys("enter")
		d.until("it ended", func() bool { return d.shows("ran kubectl") && !d.shows("● running") })
		return d
	}},
	{"palette", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys(":")
		d.typeText("lab")
		return d
	}},
	{"pending", func(t *testing.T, w, h int) *driver {
		d := start(t, w, h, func(_ *driver, o *tui.Options) { o.Connect = nil })
		d.keys("f4")
		return d
	}},
	{"reset", func(t *testing.T, w, h int) *driver {
		d := inLab(t, w, h)
		d.keys("R")
		return d
	}},
}

// withoutLabs has no lab open.
func withoutLabs(_ *driver, o *tui.Options) {
	connect := o.Connect
	o.Connect = func(ctx context.Context) (tui.Cluster, error) {
		c, err := connect(ctx)
		c.Open = func(context.Context, *labs.Lab) (tui.Session, error) { return nil, errors.New("the folder is full") }
		return c, err
	}
}

var sizes = [][2]int{{120, 40}, {80, 24}, {50, 15}}

func TestFrames(t *testing.T) {
	for _, scene := range scenes {
		for _, size := range sizes {
			name := scene.name + "-" + strconv.Itoa(size[0]) + "x" + strconv.Itoa(size[1])
			t.Run(name, func(t *testing.T) {
				d := scene.play(t, size[0], size[1])
				mustFill(t, d.content(), size[0], size[1])
				golden(t, "plain/"+name, noColor(t, d.content()))
				golden(t, "dark/"+name, d.content())
				d.send(tea.BackgroundColorMsg{Color: color.White})
				golden(t, "light/"+name, d.content())
			})
		}
	}
}

// mustFill says that a frame has exactly the size of the terminal.
func mustFill(t *testing.T, content string, width, height int) {
	t.Helper()
	lines := strings.Split(content, "\n")
	if len(lines) != height {
		t.Errorf("the frame has %d lines, want %d", len(lines), height)
	}
	for i, l := range lines {
		if w := lipgloss.Width(l); w != width {
			t.Errorf("line %d is %d wide, want %d: %q", i+1, w, width, l)
		}
	}
}
