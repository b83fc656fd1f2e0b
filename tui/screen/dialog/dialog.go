// Package dialog is what stands over a screen until it is answered: a question, a list to choose from, the overview of
// keys.
package dialog

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Dialog takes all keys while it is open.
type Dialog interface {
	// Key handles a key. A dialog that is closed by it may have an intent to follow.
	Key(k tea.KeyPressMsg) (closed bool, then screen.Intent)
	// Render draws the dialog, no larger than the size given.
	Render(width, height int, st style.Styles) string
}

// keyMap is the keys of all dialogs.
type keyMap struct{ yes, no, up, down, pageUp, pageDown, home, end key.Binding }

func keys() keyMap {
	on := func(keys ...string) key.Binding { return key.NewBinding(key.WithKeys(keys...)) }
	return keyMap{
		yes: on("enter", "y"), no: on("esc", "q", "n", "ctrl+c"),
		up: on("up", "k"), down: on("down", "j"), pageUp: on("pgup", "b"), pageDown: on("pgdown", "space"),
		home: on("home", "g"), end: on("end", "G"),
	}
}

// margin is the cells that a frame and its padding take from the width.
const margin = 4

// frame draws a box with a title around lines that are all at most width-margin wide.
func frame(title string, lines []string, foot string, width int, st style.Styles) string {
	inner := text.Width(title)
	for _, l := range append(lines, foot) {
		inner = max(inner, text.Width(l))
	}
	inner = min(inner, width-margin)
	edge, rule := st.Frame.Render("│"), strings.Repeat("─", max(0, inner+2))
	out := []string{st.Frame.Render("╭" + rule + "╮")}
	for _, l := range slices.Concat([]string{st.HeadFocus.Render(title), ""}, lines, []string{"", foot}) {
		out = append(out, edge+" "+text.Fit(l, inner)+" "+edge)
	}
	return strings.Join(append(out, st.Frame.Render("╰"+rule+"╯")), "\n")
}

// frameLines is the lines of a frame that are not content.
const frameLines = 6

// answers shows keys and what they do.
func answers(st style.Styles, pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, st.Key.Render(pairs[i])+" "+st.Muted.Render(pairs[i+1]))
	}
	return strings.Join(out, "   ")
}
