package prompt

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// maxHistory is how many lines are remembered.
const maxHistory = 1000

// History is the lines that were entered, each once after another. The zero value is empty and ready for use.
type History struct{ lines []string }

// Add remembers a line, unless it is empty or was the last one too.
func (h *History) Add(line string) {
	if line == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	if n := len(h.lines) - maxHistory; n > 0 {
		h.lines = append([]string(nil), h.lines[n:]...)
	}
}

// Len is the number of lines.
func (h *History) Len() int { return len(h.lines) }

// Back is the line that was entered n lines ago; 1 is the last one.
func (h *History) Back(n int) string { return h.lines[len(h.lines)-n] }

// find is how far back the line is that holds a text, searched from the given one on; 0 for none.
func (h *History) find(text string, from int) int {
	for n := max(1, from); n <= len(h.lines) && text != ""; n++ {
		if strings.Contains(h.Back(n), text) {
			return n
		}
	}
	return 0
}

// search is a search in the history, from the newest line to older ones.
type search struct {
	text   string
	at     int    // the line found, 0 for none
	before string // what stood on the prompt
}

// searching handles a key while a search runs, and reports whether that is all there is to do: a key that is not about
// the search ends it, and then does what it does.
func (p *Prompt) searching(k tea.KeyPressMsg) bool {
	s := p.search
	switch {
	case key.Matches(k, keys().search):
		if n := p.history.find(s.text, s.at+1); n > 0 {
			s.at = n
		}
	case k.String() == "backspace":
		if r := []rune(s.text); len(r) > 0 {
			s.text = string(r[:len(r)-1])
		}
		s.at = p.history.find(s.text, 1)
	case key.Matches(k, keys().leave), key.Matches(k, keys().clear):
		p.search = nil
		p.SetLine(s.before)
		return true
	case k.Text != "":
		s.text += k.Text
		s.at = p.history.find(s.text, s.at)
	default:
		p.search = nil
		return false
	}
	if s.at > 0 {
		p.SetLine(p.history.Back(s.at))
	}
	return true
}
