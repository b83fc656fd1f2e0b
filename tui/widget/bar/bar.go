// Package bar draws the lines around a screen's content: heads of panes, the list of keys, and progress.
package bar

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"podsec/tui/style"
	"podsec/tui/text"
)

// Head is the title line of a pane: a rule with the title at its start and a note at its end. The pane that has the
// focus is marked.
func Head(title, note string, focus bool, width int, st style.Styles) string {
	if width <= 0 {
		return ""
	}
	mark, tone := " ", st.Head
	if focus {
		mark, tone = st.HeadFocus.Render(style.Focus), st.HeadFocus
	}
	left := mark + tone.Render(title) + " "
	if note != "" {
		note = " " + note + " "
	}
	if rule := width - text.Width(left) - text.Width(note); rule >= 1 {
		return left + st.Line.Render(strings.Repeat("─", rule)) + note
	}
	return text.Fit(mark+tone.Render(title)+note, width)
}

// Rule is a line across.
func Rule(width int, st style.Styles) string {
	return st.Line.Render(strings.Repeat("─", max(0, width)))
}

// Keys lists keys and what they do on one line, as many as fit. Keys without a description are left out.
func Keys(keys []key.Binding, width int, st style.Styles) string {
	line, at, separator := []string{" "}, 1, ""
	for _, k := range keys {
		if !k.Enabled() || k.Help().Desc == "" {
			continue
		}
		next := []string{separator, st.Key.Render(k.Help().Key), " ", st.Muted.Render(k.Help().Desc)}
		if at += widths(next); at > width-2 { // there is room for the sign that there are more
			line = append(line, " ", st.Faint.Render(text.Ellipsis))
			break
		}
		line = append(line, next...)
		separator = st.Line.Render(" · ")
	}
	return text.Row(width, line...)
}

func widths(parts []string) int {
	sum := 0
	for _, p := range parts {
		sum += text.Width(p)
	}
	return sum
}

// Progress is a bar that shows done of total in width cells.
func Progress(done, total, width int, st style.Styles) string {
	if total <= 0 || width <= 0 {
		return text.Spaces(width)
	}
	full := min(width, done*width/total)
	if done > 0 && full == 0 {
		full = 1
	}
	tone := st.Accent
	if done >= total {
		tone = st.Good
	}
	return tone.Render(strings.Repeat("━", full)) + st.Line.Render(strings.Repeat("╌", width-full))
}

// Columns sets blocks side by side with a rule between them. They are equally high, and the lines of each equally wide.
func Columns(st style.Styles, left, right []string) []string {
	rule, out := st.Line.Render("│"), make([]string, min(len(left), len(right)))
	for i := range out {
		out[i] = left[i] + rule + right[i]
	}
	return out
}
