// Package screentest helps to test screens: it types keys, does the work that they ask for, and compares frames.
package screentest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// sizes are the terminals that frames are compared at.
func sizes() [][2]int { return [][2]int{{120, 40}, {80, 24}, {50, 15}} }

// Screen is a screen under test.
type Screen interface {
	screen.Worker
	screen.Styled
}

// Driver plays the app for one screen.
type Driver struct {
	t      testing.TB
	Screen Screen
	// Asked are the intents that the app would follow, but for the work that the Driver does.
	Asked []screen.Intent
	// Waiting are jobs that are not done: those without a What wait for what may never come.
	Waiting map[string]screen.Do
}

// New returns a driver of a screen of the given size.
func New(t testing.TB, s Screen, width, height int) *Driver {
	t.Helper()
	s.SetSize(width, height)
	return &Driver{t: t, Screen: s, Waiting: map[string]screen.Do{}}
}

// Follow does what an intent asks for.
func (d *Driver) Follow(intent screen.Intent) {
	d.t.Helper()
	if both, ok := intent.(screen.Both); ok {
		d.Follow(both.First)
		d.Follow(both.Second)
		return
	}
	do, ok := intent.(screen.Do)
	switch {
	case intent == nil:
	case !ok:
		d.Asked = append(d.Asked, intent)
	case do.What == "":
		d.Waiting[do.ID] = do
	default:
		d.work(do)
	}
}

// Fire does a job that waits.
func (d *Driver) Fire(id string) {
	d.t.Helper()
	do, ok := d.Waiting[id]
	if !ok {
		d.t.Fatalf("no job %q waits", id)
	}
	delete(d.Waiting, id)
	d.work(do)
}

// Replace does a job that waits, and drops what it gives: the app does so with a job that was replaced when it was ready.
func (d *Driver) Replace(id string) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if _, err := d.Waiting[id].Work(ctx); err != nil {
		d.t.Fatalf("job %q: %v", id, err)
	}
	delete(d.Waiting, id)
}

func (d *Driver) work(do screen.Do) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	result, err := do.Work(ctx)
	d.Follow(d.Screen.Done(do.ID, result, err))
}

// Keys types keys by their names.
func (d *Driver) Keys(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.Follow(d.Screen.Key(Key(name)))
	}
}

// Type types text.
func (d *Driver) Type(s string) {
	d.t.Helper()
	for _, r := range s {
		d.Keys(string(r))
	}
}

// Key is the press of a key.
func Key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"tab": tea.KeyTab, "backspace": tea.KeyBackspace, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		r, _ := utf8.DecodeRuneInString(rest)
		return tea.KeyPressMsg{Code: r, Mod: tea.ModCtrl}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return tea.KeyPressMsg{Code: r, Text: name}
}

// View is the screen as it is drawn.
func (d *Driver) View() string { return strings.Join(d.Screen.View(), "\n") }

// Plain is what the screen says, without any style.
func (d *Driver) Plain() string { return ansi.Strip(d.View()) }

// MustShow says what the screen must show.
func (d *Driver) MustShow(parts ...string) {
	d.t.Helper()
	got := d.Plain()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			d.t.Errorf("%q is not shown in\n%s", p, got)
		}
	}
}

// MustNotShow says what the screen must not show.
func (d *Driver) MustNotShow(parts ...string) {
	d.t.Helper()
	got := d.Plain()
	for _, p := range parts {
		if strings.Contains(got, p) {
			d.t.Errorf("%q is shown in\n%s", p, got)
		}
	}
}

// Last is the last intent that was asked for, nil for none.
func (d *Driver) Last() screen.Intent {
	if len(d.Asked) == 0 {
		return nil
	}
	return d.Asked[len(d.Asked)-1]
}

// Frames compares what a scene looks like at every size, dark, light and without colours.
func Frames(t *testing.T, update bool, name string, play func(t *testing.T, width, height int) *Driver) {
	t.Helper()
	for _, size := range sizes() {
		t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
			d := play(t, size[0], size[1])
			file := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			for _, theme := range []string{"plain", "dark", "light"} {
				d.Screen.SetStyles(style.New(theme != "light"))
				frame := d.View()
				mustFill(t, frame, size[0], size[1])
				if theme == "plain" {
					frame = plain(t, frame)
				}
				golden(t, update, theme+"/"+file, frame)
			}
		})
	}
}

// mustFill says that a frame has exactly the size of the screen, and nothing that steers the terminal.
func mustFill(t testing.TB, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		t.Errorf("the frame has %d lines, want %d", len(lines), height)
	}
	for i, l := range lines {
		if w := text.Width(l); w != width {
			t.Errorf("line %d is %d wide, want %d: %q", i+1, w, width, l)
		}
	}
	if strings.ContainsAny(frame, "\a\b\r\t\x00") || strings.Contains(frame, "\x1b]") || strings.Contains(frame, "\x1b[2J") {
		t.Errorf("the frame steers the terminal: %q", frame)
	}
}

// MustFill is the check of every frame: its size, and that nothing foreign steers the terminal.
func (d *Driver) MustFill(width, height int) {
	d.t.Helper()
	mustFill(d.t, d.View(), width, height)
}

func plain(t testing.TB, frame string) string {
	t.Helper()
	var out bytes.Buffer
	w := &colorprofile.Writer{Forward: &out, Profile: colorprofile.ASCII}
	if _, err := w.WriteString(frame); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, update bool, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the tests with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("frame differs (-want +got):\n%s", diff)
	}
}

// Update is the flag with which goldens are written; each test package calls it once.
func Update() *bool { return flag.Bool("update", false, "write the golden frames") }
