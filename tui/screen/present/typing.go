package present

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/tui/screen"
	"podsec/tui/text"
	"podsec/tui/widget/transcript"
)

// chunk is how many characters a key types, and beat is the shortest time between two steps of what types itself.
const (
	chunk = 3
	beat  = 40 * time.Millisecond
)

// typist is how far a command is typed.
type typist struct {
	cells int  // so many of its cells
	whole bool // all of it
	auto  bool // it goes on by itself
	hand  bool // somebody types it
}

// commandLines is the whole command, and how many cells there are to type.
func (m *Model) commandLines(width int) (lines []string, cells int) {
	lines = transcript.Command(commandOf(m.stepNow()), width, m.styles)
	for _, l := range lines {
		cells += text.Width(l) - promptWidth
	}
	return lines, cells
}

// promptWidth is the width of the prompt before a command.
const promptWidth = 2

// type types more of the command.
func (m *Model) typeMore(cells int) {
	_, all := m.commandLines(m.bodyWidth())
	m.typed.cells += cells
	if m.typed.cells >= all {
		m.typed.whole, m.typed.auto = true, false
	}
}

// typeOn types the next characters of a command that types itself.
func (m *Model) typeOn() screen.Intent {
	if m.opts.Speed <= 0 {
		m.typed.whole = true
		return nil
	}
	n := max(1, int(float64(m.opts.Speed)*beat.Seconds()))
	m.typeMore(n)
	if m.typed.whole {
		return nil
	}
	m.typed.auto = true
	return wait(typeJob, time.Duration(n)*time.Second/time.Duration(m.opts.Speed))
}

// typedLines is the command as far as it is typed, in as many lines as all of it takes, so that nothing moves.
func (m *Model) typedLines(width int) []string {
	lines, _ := m.commandLines(width)
	if m.typed.whole {
		return lines
	}
	left, cursor := m.typed.cells, m.styles.Cursor.Render(" ")
	out := make([]string, len(lines))
	for i, l := range lines {
		n := text.Width(l) - promptWidth
		if left < n || left == n && i == len(lines)-1 {
			out[i] = ansi.Truncate(l, promptWidth+left, "") + cursor
			break
		}
		out[i], left = l, left-n
	}
	return out
}

// atCommand handles the keys of a command that is not running; done is false for another key.
func (m *Model) atCommand(k tea.KeyPressMsg) (intent screen.Intent, done bool) {
	if m.frame().kind != command || m.bench.Busy() && m.opened() {
		return nil, false
	}
	ran := m.shown()
	switch name := k.String(); {
	case m.keys.is(k, m.keys.run):
		m.typed.whole, m.typed.hand = true, false
		return m.run(), true
	case m.typed.hand && name == "esc":
		m.typed.hand = false
		return nil, true
	case k.Text != "" && (m.typed.hand || !m.keys.reserved(k)) && !ran:
		m.typed.hand, m.typed.auto = true, false
		m.typeMore(chunk)
		return nil, true
	case !m.keys.is(k, m.keys.next) || ran:
		return nil, false
	}
	switch {
	case m.typed.whole:
		m.typed.hand = false
		return m.run(), true
	case m.typed.auto:
		m.typed.whole, m.typed.auto = true, false
		return nil, true
	}
	return m.typeOn(), true
}

// run runs the command of the step, with the step's solution where it has one.
func (m *Model) run() screen.Intent {
	switch {
	case !m.opened():
		return screen.Tell{Text: "The lab is being prepared: it can be run in a moment."}
	case solves(m.stepNow()):
		m.solved = true
		return screen.Solve{}
	}
	return screen.Run{}
}
