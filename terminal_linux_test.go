package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"podsec/labs"
)

// TestTerminalTakesEverything: a storm of sizes, pasted megabytes, and ctrl+z leave an app that answers; a shell finds its
// terminal as it was while the app is suspended, and SIGTERM leaves nothing but the progress.
func TestTerminalTakesEverything(t *testing.T) {
	s := takeSeat(t)
	s.storm()
	s.pasteMegabytes()
	s.suspend()
	s.printed.clear()
	if err := syscall.Kill(s.podsec(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitUntil("podsec ended", func(string) bool { return s.printed.contains("[ended]") })
	s.mustBeRestored()
	s.mustBeGone(true)
	s.mustKeep("comply")
}

// storm changes the size many times.
func (s *seat) storm() {
	s.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		s.resize(1+random.IntN(250), 1+random.IntN(80))
	}
	s.resize(seatWidth, seatHeight)
	s.press("\x0c") // ctrl+l draws again
	s.see(s.place(0))
}

// pasteMegabytes pastes where a text is taken, and where none is.
func (s *seat) pasteMegabytes() {
	s.Helper()
	const megabytes, bound = 5, 400
	before := residentPeak(s.T, s.podsec())
	huge := strings.Repeat("0123456789 abcdef 日本\n", megabytes<<20/24)
	edit := slices.IndexFunc(s.steps, func(step labs.Step) bool { return step.Kind == labs.Edit })
	s.goTo(edit)
	for _, at := range []struct{ keys, shows, after string }{
		{"\r", "YAML", "That is too much"},    // enter: the editor
		{"\x1b[17~", "▌Shell", "▌Shell"},      // f6
		{"\x0b", "Go to, or do", "called so"}, // ctrl+k: the palette
	} {
		s.press(at.keys)
		s.see(at.shows)
		s.paste(huge)
		s.see(at.after)
	}
	s.press("\x1b") // esc closes the palette
	s.waitUntil("the palette is closed", func(screen string) bool { return !strings.Contains(screen, "Go to, or do") })
	if after := residentPeak(s.T, s.podsec()); after-before > bound {
		s.Errorf("pasting took %d MB, from %d to %d", after-before, before, after)
	}
}

// suspend gives the terminal to the shell, and takes it back.
func (s *seat) suspend() {
	s.Helper()
	s.printed.clear()
	s.press("\x1a") // ctrl+z
	s.waitUntil("podsec is suspended", func(string) bool { return s.printed.contains("[suspended]") })
	s.mustBeRestored()
	s.printed.clear()
	s.press("\n")
	s.waitUntil("podsec goes on", func(screen string) bool {
		return s.printed.contains("\x1b[?1049h") && strings.Contains(screen, "▌Shell")
	})
}

// TestTerminalCloses: who closes the window while a command runs leaves no process and no file behind, but the progress.
func TestTerminalCloses(t *testing.T) {
	s := takeSeat(t)
	s.goTo(1)
	s.press("\x1b[17~") // f6
	s.see("▌Shell")
	s.press("kubectl get namespaces -w\r")
	s.see("kube-system")
	if err := s.tty.Close(); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone(false)
	s.mustKeep("require")
}
