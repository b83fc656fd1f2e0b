package dialog

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
)

// Wait says that something is under way which the learner may give up. Who opened it closes it when it is over.
type Wait struct {
	title, text string
	stop        screen.Intent
}

// NewWait returns the dialog; stop is followed when the learner gives up.
func NewWait(title, text string, stop screen.Intent) *Wait {
	return &Wait{title: title, text: text, stop: stop}
}

// Key implements Dialog.
func (w *Wait) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	if key.Matches(k, keys().no) {
		return true, w.stop
	}
	return false, nil
}

// Render implements Dialog.
func (w *Wait) Render(width, height int, st style.Styles) string {
	lines := text.Wrap(w.text, min(width-margin, 56))
	return frame(w.title, lines[:max(0, min(len(lines), height-frameLines))], answers(st, "esc", "stop"), width, st)
}
