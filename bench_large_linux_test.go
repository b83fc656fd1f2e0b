package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui"
	"podsec/tui/garbage"
)

var large = flag.Int("objects", 10_000, "pods in the cluster of BenchmarkLargeCluster, and reports on them")

// BenchmarkLargeCluster is the app on a simulated cluster in which 10,000 pods run and a policy has written 10,000 reports
// on them. For each screen and size of the terminal it reports how long the screen takes to open (frame-ms to its first
// frame, open-ms to what it is opened for), and what report does of its keys. memory reports what the process has
// resident once it had time to give back what it does not use.
func BenchmarkLargeCluster(b *testing.B) {
	desk := crowded(b)
	for _, size := range [][2]int{{160, 50}, {120, 40}, {200, 60}} {
		desk.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), desk.screens)
	}
	b.Run("memory", desk.memory)
}

// screens measures one screen after the other.
func (d *desk) screens(b *testing.B) {
	for _, s := range []struct {
		name        string
		before      []string // keys on the way there
		open, shows string   // the key that opens it, and what is to be seen then
		keys        []string
		after       []string // keys back to where it was before
	}{
		{"lab", []string{"f6"}, "f2", "Reports", []string{"n", "p", "4", "pgdown", "x", "x", "1", "tab"}, nil},
		{"cluster", nil, "f3", "Pod ", []string{"down", "up", "pgdown", "G", "g"}, nil},
		{"pods", []string{"/", "p", "o", "d", "enter", "g"}, "enter", "p-00000", []string{"down", "pgdown", "G", "g", "/", "p", "-", "0", "7", "esc"}, []string{"esc", "esc"}},
		{"policies", nil, "f4", "need-team", []string{"down", "up", "tab"}, nil},
		{"reports", nil, "f5", fmt.Sprintf("%d fail", *large), []string{"b", "b", "b", "b", "b", "down", "up"}, nil},
		{"lines", nil, "a", "Pod team-00", []string{"down", "pgdown", "G", "g", "/", "p", "-", "0", "7", "esc"}, nil},
		{"why", nil, "w", "validate", []string{"down", "up", "f", "f", "tab"}, []string{"esc", "esc"}},
		{"shell", nil, "f6", "Shell", []string{"l", "s", "backspace", "backspace"}, nil},
		{"palette", []string{"f2"}, ":", "Screen:", []string{"s", "t", "e", "backspace", "down"}, []string{"esc"}},
	} {
		b.Run(s.name, func(b *testing.B) { d.measure(b, s.before, s.open, s.shows, s.keys) })
		for _, key := range s.after {
			d.press(key)
		}
	}
}

// memory reports what is resident and in use after all that.
func (d *desk) memory(b *testing.B) {
	before, _ := resident(b)
	d.wait(2 * garbage.Calm)
	for b.Loop() {
		runtime.GC()
	}
	anonymous, backed := resident(b)
	b.ReportMetric(before, "MB-own-before-it-is-calm")
	b.ReportMetric(anonymous, "MB-own")
	b.ReportMetric(backed, "MB-of-the-binary")
	b.ReportMetric(anonymous+backed, "MB-resident")
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	b.ReportMetric(float64(heap.HeapAlloc)/1e6, "MB-in-use")
}

// desk is the app and the messages that come to it.
type desk struct {
	testing.TB
	model    *tui.Model
	messages chan tea.Msg
}

// run runs a command beside the app.
func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			d.messages <- msg
		}
	}()
}

func (d *desk) send(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			d.run(cmd)
		}
		return
	}
	_, cmd := d.model.Update(msg)
	d.run(cmd)
}

func (d *desk) press(key string) { d.send(keyNamed(key)) }

func (d *desk) shows(texts ...string) bool {
	screen := ansi.Strip(d.model.View().Content)
	return !slices.ContainsFunc(texts, func(t string) bool { return !strings.Contains(screen, t) })
}

// until takes messages until the screen shows all texts.
func (d *desk) until(texts ...string) {
	d.Helper()
	deadline := time.After(15 * time.Minute)
	for !d.shows(texts...) {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-deadline:
			d.Fatalf("%q did not come; the screen shows\n%s", texts, ansi.Strip(d.model.View().Content))
		}
	}
}

// settle takes messages until none come any more.
func (d *desk) settle() {
	for {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-time.After(2 * time.Second):
			return
		}
	}
}

// wait takes messages for a time.
func (d *desk) wait(long time.Duration) {
	end := time.After(long)
	for {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-end:
			return
		}
	}
}

// measure opens a screen, and then presses its keys over and over. What comes meanwhile is taken between keys.
func (d *desk) measure(b *testing.B, before []string, open, shows string, keys []string) {
	d.TB = b
	if !d.shows(shows) {
		for _, key := range before {
			d.press(key)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	d.press(open)
	_ = d.model.View().Content
	first := time.Since(start)
	d.until(shows)
	opened := time.Since(start)
	stop := profiled(b)
	var pressed, between []keystroke
	for b.Loop() {
		for _, key := range keys {
			k, cmd := d.stroke(key, keyNamed(key))
			pressed = append(pressed, k)
			d.run(cmd)
			for len(d.messages) > 0 {
				msg := <-d.messages
				if _, ok := msg.(tea.BatchMsg); ok {
					d.send(msg)
					continue
				}
				k, cmd := d.stroke(fmt.Sprintf("%T", msg), msg)
				between = append(between, k)
				d.run(cmd)
			}
		}
	}
	stop()
	b.ReportMetric(milliseconds(first), "frame-ms")
	b.ReportMetric(milliseconds(opened), "open-ms")
	report(b, pressed)
	if len(between) > 0 {
		slowest := slices.MaxFunc(between, func(x, y keystroke) int { return cmp.Compare(x.used, y.used) })
		b.Logf("%d messages between keys, of which %s took most: %.1f ms of processor time", len(between), slowest.key, milliseconds(slowest.used))
	}
}

// resident is how many MB the process has resident: of its own, and of the files that it runs from.
func resident(b *testing.B) (anonymous, backed float64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
		switch name {
		case "RssAnon":
			anonymous = kib * 1024 / 1e6
		case "RssFile":
			backed = kib * 1024 / 1e6
		}
	}
	return anonymous, backed
}

// keyNamed is the message of a key by its name.
func keyNamed(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "pgdown": tea.KeyPgDown,
		"backspace": tea.KeyBackspace, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: rune(name[0]), Text: name}
}
