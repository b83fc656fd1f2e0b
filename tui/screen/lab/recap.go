package lab

import (
	"fmt"
	"strings"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// SetNext names the lab after this one, "" for none.
func (m *Model) SetNext(title string) { m.nextLab = title }

// recapLines sums up a lab below what its recap says.
func (m *Model) recapLines(width int) []string {
	if m.step().Kind != labs.Recap {
		return nil
	}
	st := m.styles
	out := []string{"", m.head("This lab", width)}
	line := func(mark, body string) {
		for i, l := range text.Wrap(body, max(1, width-2)) {
			if i > 0 {
				mark = " "
			}
			out = append(out, mark+" "+l)
		}
	}
	done, of := m.count()
	mark := st.Good.Render(style.Done)
	if done < of {
		mark = st.Muted.Render(style.Todo)
	}
	line(mark, fmt.Sprintf("%d of %d steps done", done, of))
	if asked, right := m.Guesses(); asked > 0 {
		line(st.Accent.Render(style.Here), fmt.Sprintf("%d of %d predictions right", right, asked))
	}
	if m.nextLab != "" && !strings.Contains("\n"+m.step().Prose, "\nNext: ") { // which lab follows is said once
		line(st.Key.Render(style.Cursor), "Next: "+text.Line(m.nextLab))
	}
	return out
}

// count is how many of the steps that count are done; the recap itself is by being read.
func (m *Model) count() (done, of int) {
	for i, s := range m.lab.Steps {
		if s.Edition == "" && (m.done[i] || i == m.pos) {
			done++
		}
	}
	return done, screen.Required(m.lab)
}
