package tui_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
)

// driver runs a model by hand: commands run beside it, and their messages are taken one by one by the test.
type driver struct {
	t        testing.TB
	model    tea.Model
	messages chan tea.Msg
	states   chan kube.State
	session  *fakeSession
	progress *fakeProgress
	opened   opened
	quit     bool
	ticks    bool // ticks are dropped otherwise, so that nothing depends on time
	copied   string
	taken    map[string]int // messages by their type
}

// opened are the labs that were opened, in order.
type opened struct {
	mu  sync.Mutex
	ids []string
}

func (o *opened) add(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids = append(o.ids, id)
}

func (o *opened) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.ids)
}

// change makes a test's options differ.
type change func(d *driver, o *tui.Options)

// start returns a driver with the first frame drawn and the cluster up, unless a change says otherwise.
func start(t *testing.T, width, height int, changes ...change) *driver {
	t.Helper()
	d := &driver{
		t: t, messages: make(chan tea.Msg, 64), states: make(chan kube.State, 8), session: usual(), progress: &fakeProgress{},
		taken: map[string]int{},
	}
	clock := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	opts := tui.Options{
		Labs: someLabs(), ClusterName: "simulated", Progress: d.progress,
		Now: func() time.Time { return clock },
	}
	opts.Connect = func(context.Context) (tui.Cluster, error) {
		return tui.Cluster{
			Detail: "Kubernetes v1.36.3", Kubeconfig: "/tmp/podsec/kubeconfig", States: d.states,
			Open: func(_ context.Context, l *labs.Lab) (tui.Session, error) {
				d.opened.add(l.ID)
				return d.session, nil
			},
		}, nil
	}
	for _, c := range changes {
		c(d, &opts)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	d.model = tui.New(ctx, opts)
	d.run(d.model.Init())
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	return d
}

// ready is start with the cluster up and its state seen.
func ready(t *testing.T, width, height int, changes ...change) *driver {
	t.Helper()
	d := start(t, width, height, changes...)
	d.waitFor("ready")
	return d
}

// inLab is ready with the second lab open.
func inLab(t *testing.T, width, height int, changes ...change) *driver {
	t.Helper()
	d := ready(t, width, height, changes...)
	d.states <- before()
	d.keys("home", "down", "enter")
	d.until("the lab is open, its files are read and the cluster is seen", func() bool {
		return !d.shows("preparing") && d.taken["tui.filesMsg"] > 0 && d.taken["tui.stateMsg"] > 0
	})
	return d
}

// run runs a command beside the test.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			d.messages <- msg
		}
	}()
}

// send hands a message to the model.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	switch msg := msg.(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.run(cmd)
		}
		return
	case tea.QuitMsg:
		d.quit = true
		return
	}
	if strings.Contains(typeName(msg), "setClipboardMsg") {
		d.copied = stringOf(msg)
		return
	}
	d.taken[typeName(msg)]++
	model, cmd := d.model.Update(msg)
	d.model = model
	d.run(cmd)
}

// until takes messages until a condition holds.
func (d *driver) until(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.After(time.Minute)
	for !holds() {
		select {
		case msg := <-d.messages:
			if !d.ticks && strings.Contains(typeName(msg), "tickMsg") {
				continue
			}
			d.send(msg)
		case <-time.After(10 * time.Millisecond): // not everything that happens has a message
		case <-deadline:
			d.t.Fatalf("%s: it did not come; the screen shows\n%s", what, d.plain())
		}
	}
}

func (d *driver) waitFor(text string) {
	d.t.Helper()
	d.until("text "+text, func() bool { return d.shows(text) })
}

// keys presses keys by their names.
func (d *driver) keys(names ...string) {
	d.t.Helper()
	for _, n := range names {
		d.send(keyPress(n))
	}
}

func (d *driver) content() string { return d.model.View().Content }

func (d *driver) plain() string { return ansi.Strip(d.content()) }

func (d *driver) shows(text string) bool { return strings.Contains(d.plain(), text) }

func (d *driver) mustShow(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !d.shows(text) {
			d.t.Errorf("%q is not on the screen:\n%s", text, d.plain())
		}
	}
}

func (d *driver) mustNotShow(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if d.shows(text) {
			d.t.Errorf("%q is on the screen:\n%s", text, d.plain())
		}
	}
}

// keyPress is the message for a key named as Key.String names it.
func keyPress(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"home": tea.KeyHome, "end": tea.KeyEnd, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
		"f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		if code, ok := special[rest]; ok {
			return tea.KeyPressMsg{Code: code, Mod: tea.ModCtrl}
		}
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}
