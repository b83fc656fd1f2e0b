package dialog_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
	"podsec/tui/style"
)

func press(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "down": tea.KeyDown, "up": tea.KeyUp, "end": tea.KeyEnd,
		"home": tea.KeyHome, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func TestConfirm(t *testing.T) {
	for name, want := range map[string]struct {
		closed bool
		then   screen.Intent
	}{
		"enter": {true, screen.Reset{}}, "y": {true, screen.Reset{}},
		"esc": {true, nil}, "n": {true, nil}, "q": {true, nil},
		"x": {false, nil}, "down": {false, nil},
	} {
		c := dialog.NewConfirm(screen.Ask{Title: "Sure?", Yes: "do it", Then: screen.Reset{}})
		if closed, then := c.Key(press(name)); closed != want.closed || then != want.then {
			t.Errorf("%s: closed %v with %v, want %v with %v", name, closed, then, want.closed, want.then)
		}
	}
}

func steps(n int) screen.Choose {
	list := screen.Choose{Title: "Steps"}
	for i := range n {
		list.Items = append(list.Items, screen.Item{Text: fmt.Sprintf("step %d", i), Then: screen.Goto{Step: i}})
	}
	return list
}

func TestChoice(t *testing.T) {
	for _, tt := range []struct {
		keys string
		want int
	}{
		{"enter", 3}, {"down enter", 4}, {"up up enter", 1}, {"home up enter", 0}, {"end down enter", 29},
		{"pgdown enter", 13}, {"pgdown pgup enter", 3}, {"G k enter", 28},
	} {
		list := steps(30)
		list.Cursor = 3
		c := dialog.NewChoice(list)
		c.Render(80, 16, style.New(true)) // ten rows
		var then screen.Intent
		for _, k := range strings.Fields(tt.keys) {
			_, then = c.Key(press(k))
		}
		if then != (screen.Goto{Step: tt.want}) {
			t.Errorf("%s: %v, want step %d", tt.keys, then, tt.want)
		}
	}
	c := dialog.NewChoice(screen.Choose{})
	if closed, then := c.Key(press("enter")); closed || then != nil {
		t.Error("an empty list chose something")
	}
}

func TestHelpShowsEnabledKeysOnly(t *testing.T) {
	h := dialog.NewHelp([]screen.Group{
		{Title: "Some", Keys: []key.Binding{
			key.NewBinding(key.WithKeys("a"), key.WithHelp("a", "does this")),
			key.NewBinding(key.WithKeys("b"), key.WithHelp("b", "is off"), key.WithDisabled()),
		}},
		{Title: "Nothing", Keys: []key.Binding{key.NewBinding(key.WithKeys("c"), key.WithDisabled())}},
	})
	got := ansi.Strip(h.Render(80, 24, style.New(true)))
	if !strings.Contains(got, "does this") || strings.Contains(got, "is off") || strings.Contains(got, "Nothing") {
		t.Errorf("shown:\n%s", got)
	}
	for _, k := range []string{"?", "esc", "enter", "q"} {
		if closed, _ := h.Key(press(k)); !closed {
			t.Errorf("%s does not close it", k)
		}
	}
}

func TestHelpScrolls(t *testing.T) {
	var g screen.Group
	for i := range 40 {
		g.Keys = append(g.Keys, key.NewBinding(key.WithKeys("x"), key.WithHelp("x", fmt.Sprintf("thing %d", i))))
	}
	h := dialog.NewHelp([]screen.Group{g})
	shows := func(what string) bool { return strings.Contains(ansi.Strip(h.Render(60, 15, style.New(true))), what) }
	for _, step := range []struct{ key, want string }{
		{"j", "thing 5"}, {"G", "thing 39"}, {"g", "thing 0"}, {"pgdown", "thing 12"}, {"pgup", "thing 0"}, {"down", "thing 3"}, {"up", "thing 0"},
	} {
		shows("") // to know its size
		h.Key(press(step.key))
		if !shows(step.want) {
			t.Errorf("after %s, %q is not shown", step.key, step.want)
		}
	}
}

// TestDialogsKeepToTheirSize draws each at many sizes.
func TestDialogsKeepToTheirSize(t *testing.T) {
	long := strings.Repeat("words and ", 30)
	list := steps(40)
	list.Items[2].Text, list.Items[2].Note = long, long
	all := map[string]dialog.Dialog{
		"confirm": dialog.NewConfirm(screen.Ask{Title: long, Text: long, Yes: "yes"}),
		"choice":  dialog.NewChoice(list),
		"help": dialog.NewHelp([]screen.Group{
			{Title: long, Keys: []key.Binding{key.NewBinding(key.WithKeys("a"), key.WithHelp("a", long))}},
		}),
	}
	for name, d := range all {
		for w := 30; w < 130; w += 11 {
			for h := 9; h < 40; h += 5 {
				gotW, gotH := lipgloss.Size(d.Render(w, h, style.New(false)))
				if gotW > w || gotH > h {
					t.Errorf("%s in %d×%d is %d×%d", name, w, h, gotW, gotH)
				}
			}
		}
	}
}

// TestConsent: only what is wanted counts, question by question, and every letter is text.
func TestConsent(t *testing.T) {
	ask := screen.Consent{Title: "Run labs on q", Text: "server  https://q", Questions: []screen.Question{{Ask: "Type its name", Want: "q"}, {Ask: "Type nobody", Want: "nobody"}}, Then: screen.Reset{}}
	for _, tt := range []struct {
		keys   string
		closed bool
		then   screen.Intent
		shows  string
	}{
		{"q", false, nil, "> q"},
		{"enter", false, nil, "That is something else"},
		{"n enter", false, nil, "That is something else"},
		{"n enter q", false, nil, "Type its name"},
		{"q enter", false, nil, "Type nobody"},
		{"q enter q enter", false, nil, "Type nobody"},
		{"q enter n o b o d y enter", true, screen.Reset{}, ""},
		{"q enter esc", true, nil, ""},
	} {
		t.Run(tt.keys, func(t *testing.T) {
			c := dialog.NewConsent(ask)
			var closed bool
			var then screen.Intent
			for _, k := range strings.Fields(tt.keys) {
				closed, then = c.Key(press(k))
			}
			shown := ansi.Strip(c.Render(78, 22, style.New(true)))
			if closed != tt.closed || then != tt.then || !strings.Contains(shown, tt.shows) {
				t.Errorf("closed %v with %v; it shows\n%s", closed, then, shown)
			}
		})
	}
	long := dialog.NewConsent(ask)
	long.Paste("arn:aws:eks:eu-central-1:111122223333:cluster/workshop")
	if shown := ansi.Strip(long.Render(50, 15, style.New(true))); !strings.Contains(shown, "cluster/workshop ") {
		t.Errorf("the end of what is typed is out of sight:\n%s", shown)
	}
	c := dialog.NewConsent(screen.Consent{Text: strings.Repeat("line\n", 50), Questions: []screen.Question{{Ask: "Type its name", Want: "arn:x"}}, Then: screen.Reset{}})
	c.Paste("arn:\x1b[2Jx")
	if shown := ansi.Strip(c.Render(48, 13, style.New(true))); !strings.Contains(shown, "Type its name:") || lipgloss.Height(shown) > 13 {
		t.Errorf("it shows\n%s", shown)
	}
	if closed, then := c.Key(press("enter")); !closed || then != (screen.Reset{}) {
		t.Error("what was pasted does not count")
	}
}

// TestWait: it can be given up, and no other key does anything.
func TestWait(t *testing.T) {
	w := dialog.NewWait("lab", "Asking", screen.LookAway{})
	for key, want := range map[string]screen.Intent{"enter": nil, "x": nil, "esc": screen.LookAway{}, "q": screen.LookAway{}} {
		if closed, then := w.Key(press(key)); closed != (want != nil) || then != want {
			t.Errorf("%s: closed %v with %v", key, closed, then)
		}
	}
}
