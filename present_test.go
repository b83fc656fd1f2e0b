package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"podsec/assets"
	"podsec/labs"
	"podsec/tui/workshop"
)

// TestPresenterShowsLab2 presents a lab with a clicker that has one button, on the real cluster, with the real commands:
// to its end, and everything holds.
func TestPresenterShowsLab2(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs every command of a lab")
	}
	data := t.TempDir()
	t.Setenv("PODSEC_DATA_DIR", data)
	w, err := workshop.NewPresentation(assets.Labs(), &workshop.Places{}, []string{"2"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := sit(t, w, 80, 24)
	p.see("30 minutes · 12 steps")
	p.waitUntil("the lab is open", func(screen string) bool { return !strings.Contains(screen, "preparing the lab") })
	p.click("Restart the shop's front")
	p.click("what does the room say?")
	p.press("3")
	p.see("▸ 3")
	p.photograph("docs/present.svg")
	p.click("types it")
	p.press("x")
	p.see("$ kub")
	p.press("\x1b[6~") // page down: the rest types itself, at once here
	p.see("enter runs it")
	p.press("\r")
	p.see("failed to patch")
	p.click("✓ 3")
	p.click("✓ Lab 2 is done.")
	if _, err := os.Stat(data + "/progress.json"); !os.IsNotExist(err) {
		t.Errorf("the presenter's own progress was touched: %v", err)
	}
	shown, _, err := labs.OpenProgress(labs.PresentingDir(data))
	if err != nil {
		t.Fatal(err)
	}
	p.waitUntil("the end is kept", func(string) bool {
		_ = shown.Reload()
		return len(shown.Lab("simulated", "02-pod-labels").Done) == 12
	})
}

// click presses the button until something is on the screen. It does not press while something runs.
func (l *learner) click(want string) {
	l.Helper()
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		switch screen := l.terminal.Screen(); {
		case strings.Contains(screen, want):
			return
		case strings.ContainsAny(screen, "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"): // something runs
		default:
			l.press(" ")
			l.waitUntil("the screen changes", func(now string) bool { return timeless(now) != timeless(screen) })
		}
	}
	l.Fatalf("%q did not come; the screen shows\n%s", want, l.terminal.Screen())
}

// timeless is a screen of a presentation without its first lines, where the clock is.
func timeless(screen string) string {
	const head = 2
	lines := strings.Split(screen, "\n")
	return strings.Join(lines[min(head, len(lines)):], "\n")
}
