package dialog

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/scroll"
)

// Help shows all keys that do something where the learner is.
type Help struct {
	groups []screen.Group
	pane   scroll.Pane
}

// NewHelp returns the overview of the given keys.
func NewHelp(groups []screen.Group) *Help { return &Help{groups: groups, pane: scroll.New(false)} }

// Key implements Dialog.
func (h *Help) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	keys := keys()
	switch {
	case key.Matches(k, keys.no), k.String() == "?", k.String() == "enter":
		return true, nil
	case key.Matches(k, keys.up):
		h.pane.Lines(-1)
	case key.Matches(k, keys.down):
		h.pane.Lines(1)
	case key.Matches(k, keys.pageUp):
		h.pane.Pages(-1)
	case key.Matches(k, keys.pageDown):
		h.pane.Pages(1)
	case key.Matches(k, keys.home):
		h.pane.Home()
	case key.Matches(k, keys.end):
		h.pane.End()
	}
	return false, nil
}

// Render implements Dialog. Where there is room the groups stand side by side.
func (h *Help) Render(width, height int, st style.Styles) string {
	blocks := h.blocks(st)
	lines := beside(blocks)
	if widest(lines) > width-margin-2 {
		lines = nil
		for i, b := range blocks {
			if i > 0 {
				lines = append(lines, "")
			}
			lines = append(lines, b...)
		}
	}
	room := max(1, min(len(lines), height-frameLines))
	h.pane.SetSize(min(widest(lines)+2, width-margin), room)
	h.pane.SetLines(lines)
	foot := answers(st, "esc", "close")
	if room < len(lines) {
		foot = answers(st, "↑↓", "scroll", "esc", "close")
	}
	return frame("Keys", strings.Split(h.pane.Render(st.Line), "\n"), foot, width, st)
}

// blocks is the groups as lines, all lines of a group equally wide.
func (h *Help) blocks(st style.Styles) [][]string {
	var out [][]string
	for _, g := range h.groups {
		column := 0
		for _, k := range g.Keys {
			column = max(column, text.Width(k.Help().Key))
		}
		lines := []string{st.Strong.Render(g.Title)}
		for _, k := range g.Keys {
			if k.Enabled() {
				lines = append(lines, st.Key.Render(text.Fit(k.Help().Key, column))+"  "+st.Muted.Render(k.Help().Desc))
			}
		}
		if len(lines) == 1 {
			continue
		}
		for i, w := 0, widest(lines); i < len(lines); i++ {
			lines[i] = text.Fit(lines[i], w)
		}
		out = append(out, lines)
	}
	return out
}

// beside sets blocks side by side.
func beside(blocks [][]string) []string {
	height := 0
	for _, b := range blocks {
		height = max(height, len(b))
	}
	out := make([]string, height)
	for i, b := range blocks {
		for row := range out {
			cell := text.Spaces(widest(b))
			if row < len(b) {
				cell = b[row]
			}
			if i > 0 {
				cell = "    " + cell
			}
			out[row] += cell
		}
	}
	return out
}

func widest(lines []string) int {
	w := 0
	for _, l := range lines {
		w = max(w, text.Width(l))
	}
	return w
}
