package dialog

import (
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

// Render implements Dialog. The groups stand in as many columns as there is room for.
func (h *Help) Render(width, height int, st style.Styles) string {
	blocks := h.blocks(st)
	var lines []string
	for n := len(blocks); n >= 1; n-- {
		if lines = beside(columns(blocks, n)); widest(lines) <= width-margin-2 {
			break
		}
	}
	room := max(1, min(len(lines), height-frameLines))
	h.pane.SetSize(min(widest(lines)+3, width-margin), room)
	h.pane.SetLines(lines)
	foot := answers(st, "esc", "close")
	if room < len(lines) {
		foot = answers(st, "↑↓", "scroll", "esc", "close")
	}
	return frame("Keys", h.pane.Render(st.Line), foot, width, st)
}

// columns sets blocks into n columns, each into the one that is the shortest then.
func columns(blocks [][]string, n int) [][]string {
	out := make([][]string, n)
	for _, b := range blocks {
		shortest := 0
		for i := range out {
			if len(out[i]) < len(out[shortest]) {
				shortest = i
			}
		}
		if len(out[shortest]) > 0 {
			out[shortest] = append(out[shortest], "")
		}
		out[shortest] = append(out[shortest], b...)
	}
	return out
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
		width := widest(b)
		for row := range out {
			cell := ""
			if row < len(b) {
				cell = b[row]
			}
			if i > 0 {
				out[row] += "    "
			}
			out[row] += text.Fit(cell, width)
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
