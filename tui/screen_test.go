package tui_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
)

func TestTooSmall(t *testing.T) {
	d := inLab(t, 80, 24)
	d.send(tea.WindowSizeMsg{Width: 49, Height: 15})
	d.mustShow("It needs 50×15, this is 49×15.")
	mustFill(t, d.content(), 49, 15)
	d.keys("enter", "n")
	d.send(tea.WindowSizeMsg{Width: 10, Height: 2})
	mustFill(t, d.content(), 10, 2)
	d.send(tea.WindowSizeMsg{Width: 50, Height: 15})
	d.mustShow("1/5")
	d.send(tea.WindowSizeMsg{Width: 20, Height: 5})
	d.keys("q")
	d.until("q quits there too", func() bool { return d.quit })
}

// TestResizing draws every scene at many sizes: always exactly the size of the terminal.
func TestResizing(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			d := scene.play(t, 120, 40)
			for w := 1; w < 200; w += 7 {
				h := w*5%61 + 1
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
				mustFill(t, d.content(), w, h)
			}
		})
	}
}

// TestHostileText says that nothing that comes from outside steers the terminal, whatever way it comes.
func TestHostileText(t *testing.T) {
	const evil = "\x1b]0;owned\a\x1b[2J\x1b[31mE\u202evil\t日本\u009b5m"
	d := ready(t, 120, 40, func(d *driver, o *tui.Options) {
		o.ClusterName, o.Notice = evil, evil
		l := o.Labs[1]
		l.Title, l.Summary, l.Intro = evil, evil, evil
		l.Steps[1].Title, l.Steps[1].Prose, l.Steps[1].Command, l.Steps[1].Hints = evil, evil, evil, []string{evil}
		l.Steps[1].Checks = []labs.Check{titleCheck(evil)}
		d.session.plays[1] = play{prints: []string{evil, "\n", evil}, outcome: labs.Outcome{
			Hint: evil, Checks: []labs.CheckResult{{Title: evil, Missing: evil}},
		}}
	})
	clean := func() {
		t.Helper()
		mustFill(t, d.content(), 120, 40)
		for _, bad := range []string{"\x1b]0", "\x1b[2J", "\x1b[31m", "\a", "\u202e", "\u009b", "\t"} {
			if strings.Contains(d.content(), bad) {
				t.Errorf("%q reached the screen", bad)
			}
		}
		if title := d.model.View().WindowTitle; strings.ContainsAny(title, "\x1b\a\n") {
			t.Errorf("the window's title is %q", title)
		}
	}
	clean()
	d.states <- kube.State{
		Kyverno: true, Err: errors.New(evil),
		Namespaces: []kube.Namespace{{Name: evil, PSA: map[string]string{evil: evil}}},
		Workloads:  []kube.Workload{{Kind: evil, Name: strings.Repeat(evil, 40), Status: evil}},
	}
	d.keys("down", "enter")
	d.until("the lab is open", func() bool { return !d.shows("preparing") })
	clean()
	d.keys("n", "h", "enter")
	d.waitFor("not yet")
	clean()
	for _, k := range []string{"s", "esc", "tab", "tab", "z", "2", "?"} {
		d.keys(k)
		clean()
	}
}

func TestScrollingAndPanes(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		var long strings.Builder
		for i := range 100 {
			fmt.Fprintf(&long, "line %d of the output\n", i)
		}
		d.session.plays[1] = play{prints: []string{long.String()}, outcome: labs.Outcome{Passed: true}}
	})
	d.keys("n", "enter")
	d.waitFor("✓ done")
	d.mustShow("$ kubectl apply", "line 0 of", "space more") // an answer is read from its beginning
	d.keys("G")
	d.mustShow("line 99 of")
	d.keys("g")
	d.mustShow("$ kubectl apply", "line 0 of")
	d.keys("pgdown", "j", "k", "pgup")
	d.mustShow("line 0 of")
	d.send(tea.MouseWheelMsg{X: 5, Y: 10, Button: tea.MouseWheelDown})
	d.mustNotShow("line 0 of")
	d.keys("G")
	d.mustShow("line 99 of")
	d.keys("2")
	d.mustShow(" 1  apiVersion: kyverno.io/v1")
	d.keys("tab", "tab")
	d.mustShow("Blocked requests")
	d.keys("tab")
	d.mustShow("This policy wants")
	d.keys("shift+tab")
	d.mustShow("Blocked requests")
	d.send(tea.MouseClickMsg{X: 2, Y: 2, Button: tea.MouseLeft})
	d.mustShow("This policy wants")
}

func TestMouseOnHome(t *testing.T) {
	d := ready(t, 80, 24)
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	d.mustShow("▸  2")
	d.send(tea.MouseClickMsg{X: 8, Y: 5, Button: tea.MouseLeft})
	d.mustShow("▸  3")
	d.keys("0")
	d.mustShow("▸  0")
	d.send(tea.MouseClickMsg{X: 8, Y: 3, Button: tea.MouseLeft})
	d.mustShow("1/1 Three levels")
}

func TestElapsed(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{prints: []string{"…"}, gate: make(chan struct{})}
	})
	d.ticks = true
	d.keys("n", "enter")
	d.until("the sign moves", func() bool { return d.shows("⠙ running") || d.shows("⠹ running") })
}

func TestLabsListIsEmpty(t *testing.T) {
	d := ready(t, 80, 24, func(_ *driver, o *tui.Options) { o.Labs = nil })
	d.mustShow("no labs found")
	d.keys("enter", "down", "up", "end", "?")
	d.mustShow("Keys")
	d.keys("?", "q")
	d.until("the app quits", func() bool { return d.quit })
}
