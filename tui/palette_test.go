package tui_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"podsec/kube"
	"podsec/tui"
	"podsec/tui/style"
)

// TestPaletteReachesEverything finds actions, screens, labs, steps and themes by some letters.
func TestPaletteReachesEverything(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  string
	}{
		{"screen rep", "▌Reports"},
		{"shell", "▌Shell"},
		{"lab regi", "1/1 One step"},
		{"step 2.3", "Prepare step 3?"},
		{"step 4.2", "2/4 Write the label"},
		{"all steps", "2023 edition"},
		{"reset", "Reset this lab?"},
		{"all keys", "Everywhere"},
		{"all labs", "Managing pod security"},
		{"no such thing", "nothing is called so"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			d := inLab(t, 100, 30)
			d.keys(":")
			d.mustShow("Go to, or do", "> ")
			d.typeText(tt.query)
			d.keys("enter")
			d.mustShow(tt.want)
		})
	}
}

// TestOtherLabFromThePalette says that the lab that was open is closed before another one is.
func TestOtherLabFromThePalette(t *testing.T) {
	d := inLab(t, 100, 30)
	d.keys("ctrl+k")
	d.send(tea.PasteMsg{Content: "step 4.2\x1b[2J"})
	d.keys("enter")
	d.until("the file of the other lab is read", func() bool { return d.taken["tui.textMsg"] > 0 })
	if _, _, closed := d.session.count(); closed != 1 {
		t.Errorf("%d labs were closed", closed)
	}
	if !cmp.Equal(d.session.enteredAt(), []int{1}) || !cmp.Equal(d.opened.all(), []string{"02-labels", "04-kinds"}) {
		t.Errorf("opened %v, at %v", d.opened.all(), d.session.enteredAt())
	}
}

func TestThemes(t *testing.T) {
	d := inLab(t, 100, 30)
	before := d.content()
	looks := map[string]bool{before: true}
	for _, theme := range []string{"theme light", "theme contrast", "theme plain"} {
		d.keys("ctrl+k")
		d.typeText(theme)
		d.keys("enter")
		if looks[d.content()] {
			t.Errorf("%s looks like another one", theme)
		}
		looks[d.content()] = true
	}
	d.keys("ctrl+k")
	d.typeText("theme auto")
	d.keys("enter")
	if d.content() != before {
		t.Error("auto is not what the app began with")
	}
}

// TestOnlyASCII says that no frame holds anything else when the terminal knows nothing else, and is as large.
func TestOnlyASCII(t *testing.T) {
	ascii := func(_ *driver, o *tui.Options) { o.ASCII, o.Theme = true, style.Plain }
	d := inKinds(t, 80, 24, 2, ascii)
	d.states <- kube.State{}
	d.keys("h", "h", "4", "x", "2", "?")
	for _, r := range d.content() {
		if r >= 0x80 {
			t.Fatalf("%q is on the screen:\n%s", r, d.plain())
		}
	}
	mustFill(t, d.content(), 80, 24)
}

func TestLocale(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "de_DE.UTF-8"}, false},
		{map[string]string{"LANG": "C.utf8"}, false},
		{map[string]string{"LANG": "C"}, true},
		{map[string]string{"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, false},
		{map[string]string{"LANG": "en_US.ISO-8859-1"}, true},
	} {
		if got := tui.OnlyASCII(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v: %v", tt.env, got)
		}
	}
}

// TestSuspend says that ctrl+z suspends the app, but not where it takes back a change.
func TestSuspend(t *testing.T) {
	d := inKinds(t, 80, 24, 1)
	d.keys("ctrl+z")
	d.until("it is suspended", func() bool { return d.taken["tea.SuspendMsg"] == 1 })
	d.keys("i", "ctrl+z")
	d.mustShow("✓ YAML")
	if d.taken["tea.SuspendMsg"] != 1 {
		t.Error("undo suspends the app")
	}
	d.keys("f1")
	d.mustShow("ctrl+z         undo", "ctrl+k      find anything", "F1          all keys")
	d.mustNotShow("suspend")
}
