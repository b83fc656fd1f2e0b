package dialog

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Choice lets the learner choose one of a list.
type Choice struct {
	list   screen.Choose
	cursor int
	page   int // lines shown last
}

// NewChoice returns the list with its cursor where it says.
func NewChoice(list screen.Choose) *Choice {
	c := &Choice{list: list, page: 1}
	c.to(list.Cursor)
	return c
}

func (c *Choice) to(i int) { c.cursor = max(0, min(i, len(c.list.Items)-1)) }

// Key implements Dialog.
func (c *Choice) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	keys := keys()
	switch {
	case k.String() == "enter" && c.cursor < len(c.list.Items):
		return true, c.list.Items[c.cursor].Then
	case key.Matches(k, keys.no):
		return true, nil
	case key.Matches(k, keys.up):
		c.to(c.cursor - 1)
	case key.Matches(k, keys.down):
		c.to(c.cursor + 1)
	case key.Matches(k, keys.pageUp):
		c.to(c.cursor - c.page)
	case key.Matches(k, keys.pageDown):
		c.to(c.cursor + c.page)
	case key.Matches(k, keys.home):
		c.to(0)
	case key.Matches(k, keys.end):
		c.to(len(c.list.Items) - 1)
	}
	return false, nil
}

// Render implements Dialog.
func (c *Choice) Render(width, height int, st style.Styles) string {
	n := max(1, min(len(c.list.Items), height-frameLines))
	c.page = n
	from := max(0, min(c.cursor-n/2, len(c.list.Items)-n))
	var lines []string
	for i := from; i < min(from+n, len(c.list.Items)); i++ {
		lines = append(lines, c.row(i, width-margin, st))
	}
	return frame(c.list.Title, lines, answers(st, "enter", "go", "esc", "back"), width, st)
}

func (c *Choice) row(i, width int, st style.Styles) string {
	item := c.list.Items[i]
	cursor, tone := "  ", st.Muted
	if i == c.cursor {
		cursor, tone = st.Key.Render(style.Cursor)+" ", st.Strong
	}
	line := cursor + item.Mark + " " + tone.Render(text.Line(item.Text))
	if item.Note != "" {
		line += "  " + st.Second.Render(text.Line(item.Note))
	}
	return text.Cut(line, width)
}
