package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"podsec/assets"
	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/virtual"
	"podsec/tui/workshop"
)

var update = flag.Bool("update", false, "draw the pictures of the documentation anew")

// TestLearnerFinishesLab2 drives the whole program by keystrokes, on a real terminal's worth of screen, with the real
// cluster and the real commands, to the last step of lab 2.
func TestLearnerFinishesLab2(t *testing.T) {
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, []string{"02-pod-labels"})
	if err != nil {
		t.Fatal(err)
	}
	lab, err := labs.Find(w.Options.Labs, "02-pod-labels")
	if err != nil {
		t.Fatal(err)
	}
	learner := sit(t, w, 120, 40)
	counts := map[string]bool{} // what the reports said at some time
	for i, step := range lab.Steps {
		learner.see(fmt.Sprintf("%d/%d %s", i+1, len(lab.Steps), step.Title))
		learner.waitUntil("the lab is open", func(screen string) bool { return !strings.Contains(screen, "preparing the lab") })
		learner.work(step)
		if step.ID == "restart-denied" {
			learner.see("denied the request")
			learner.see("Blocked requests                              1")
			learner.photograph("docs/lab.svg")
		}
		counts[learner.reports()] = true
		learner.press("n")
	}
	if len(counts) < 3 {
		t.Errorf("the reports' counts hardly changed: %v", counts)
	}
	learner.see("Another terminal") // the home screen
	learner.see(fmt.Sprintf("%[1]d/%[1]d", screen.Required(lab)))
}

// learner is somebody at a terminal.
type learner struct {
	*testing.T
	predictions int // so far: every other one is wrong
	terminal    *virtual.Terminal
}

// sit opens the workshop at a terminal of the given size; it is left when the test ends.
func sit(t *testing.T, w *workshop.Workshop, width, height int) *learner {
	terminal := virtual.NewTerminal(width, height)
	w.Options.Input, w.Options.Output = terminal, terminal
	w.Options.Environ = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "TTY_FORCE=1"}
	w.Options.Width, w.Options.Height = width, height
	ctx, leave := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		leave()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = terminal.Close() // it never fails
	})
	return &learner{T: t, terminal: terminal}
}

func (l *learner) press(keys string) { l.terminal.Type(keys) }

// see waits for a text on the screen.
func (l *learner) see(want string) {
	l.Helper()
	l.waitUntil(fmt.Sprintf("%q", want), func(screen string) bool { return strings.Contains(screen, want) })
}

// waitUntil waits for something to hold of the screen.
func (l *learner) waitUntil(what string, holds func(screen string) bool) {
	l.Helper()
	for deadline := time.Now().Add(8 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds(l.terminal.Screen()) {
			return
		}
	}
	l.Fatalf("%s did not come; the screen shows\n%s", what, l.terminal.Screen())
}

// photograph draws the screen for the documentation, when the goldens are to be updated.
func (l *learner) photograph(path string) {
	if !*update {
		return
	}
	if err := os.WriteFile(path, []byte(l.terminal.SVG()), 0o644); err != nil {
		l.Fatal(err)
	}
}

// reports returns the counts in the heading of the reports, "" when there are none.
func (l *learner) reports() string {
	return regexp.MustCompile(`Reports +[✓✗] .*`).FindString(l.terminal.Screen())
}
