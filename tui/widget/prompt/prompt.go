// Package prompt is a command line: editing, the history of what was entered and a search in it, and completion.
package prompt

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/text"
	"podsec/tui/widget/buffer"
)

// maxLine bounds a command line: what is pasted beyond it is left out.
const maxLine = 64 << 10

// Asks is what a key asks of the screen that has the prompt.
type Asks int

// What keys ask for.
const (
	Nothing  Asks = iota
	Enter         // the line is to be run; it is taken from Take
	Complete      // the words that complete the line are wanted, for Offer
	Leave         // the prompt is to be left
	Unused        // the key means nothing here
)

// Prompt is a command line. The zero value is not ready for use: call New.
type Prompt struct {
	input   buffer.Buffer
	history *History
	recall  int    // entries back in the history, 0 for the line being written
	draft   string // the line being written, while an earlier one is shown
	search  *search
	offer   *offer
}

// New returns an empty prompt on a history, which several prompts may share.
func New(h *History) Prompt { return Prompt{history: h} }

// Line is what stands on the prompt.
func (p *Prompt) Line() string { return p.input.Text() }

// SetLine replaces what stands on the prompt.
func (p *Prompt) SetLine(line string) {
	p.put(line)
	p.offer = nil
}

// Take empties the prompt and returns the line, which the history remembers.
func (p *Prompt) Take() string {
	line := strings.TrimSpace(p.Line())
	p.history.Add(line)
	p.Clear()
	return line
}

// Clear empties the prompt.
func (p *Prompt) Clear() {
	p.SetLine("")
	p.recall, p.draft, p.search = 0, "", nil
}

// Paste inserts a text at the cursor. Its line ends become spaces, as far as they do not end it.
func (p *Prompt) Paste(pasted string) {
	if room := maxLine - len(p.Line()); len(pasted) > room {
		pasted = pasted[:max(0, room)]
	}
	p.input.Insert(text.Line(strings.TrimRight(pasted, "\r\n")))
	p.offer = nil
}

// keyMap is the keys beside those that edit the line.
type keyMap struct{ enter, complete, up, down, search, leave, clear key.Binding }

func keys() keyMap {
	on := func(keys ...string) key.Binding { return key.NewBinding(key.WithKeys(keys...)) }
	return keyMap{
		enter: on("enter"), complete: on("tab"), up: on("up", "ctrl+p"), down: on("down", "ctrl+n"),
		search: on("ctrl+r"), leave: on("esc"), clear: on("ctrl+c"),
	}
}

// Key handles a key.
func (p *Prompt) Key(k tea.KeyPressMsg) Asks {
	if p.search != nil {
		if p.searching(k) {
			return Nothing
		}
	}
	keys := keys()
	switch {
	case key.Matches(k, keys.enter):
		return Enter
	case key.Matches(k, keys.complete):
		return p.complete()
	case key.Matches(k, keys.up):
		p.back(1)
	case key.Matches(k, keys.down):
		p.back(-1)
	case key.Matches(k, keys.search):
		p.search = &search{before: p.Line()}
	case key.Matches(k, keys.leave):
		if p.offer == nil {
			return Leave
		}
		p.offer = nil
	case key.Matches(k, keys.clear):
		p.Clear()
	default:
		return p.edit(k)
	}
	return Nothing
}

// edit hands a key to the line.
func (p *Prompt) edit(k tea.KeyPressMsg) Asks {
	if !p.input.Key(k) {
		return Unused
	}
	p.offer = nil
	return Nothing
}

// back goes n entries back in the history, or forward.
func (p *Prompt) back(n int) {
	to := p.recall + n
	if to < 0 || to > p.history.Len() {
		return
	}
	if p.recall == 0 {
		p.draft = p.Line()
	}
	p.recall = to
	line := p.draft
	if to > 0 {
		line = p.history.Back(to)
	}
	p.SetLine(line)
}
