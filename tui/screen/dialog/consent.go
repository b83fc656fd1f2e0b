package dialog

import (
	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/buffer"
)

// Consent has the learner type words before something is done that must not happen by mistake.
type Consent struct {
	ask   screen.Consent
	at    int // the question asked now
	typed buffer.Buffer
	wrong bool // what was entered last is not what is wanted
}

// NewConsent returns the dialog at its first question.
func NewConsent(ask screen.Consent) *Consent { return &Consent{ask: ask} }

// Key implements Dialog. Every key that prints is text here.
func (c *Consent) Key(k tea.KeyPressMsg) (bool, screen.Intent) {
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "enter":
		return c.enter()
	}
	if c.typed.Key(k) {
		c.wrong = false
	}
	return false, nil
}

// enter goes on to the next question, or does what was agreed to.
func (c *Consent) enter() (bool, screen.Intent) {
	c.wrong = c.typed.Text() != c.ask.Questions[c.at].Want
	c.typed = buffer.Buffer{}
	if c.wrong {
		return false, nil
	}
	if c.at++; c.at < len(c.ask.Questions) {
		return false, nil
	}
	c.at-- // it is asked no more
	return true, c.ask.Then
}

// Paste inserts a text into what is typed.
func (c *Consent) Paste(pasted string) {
	c.typed.PasteLine(pasted)
	c.wrong = false
}

// Render implements Dialog. What is asked for stays in sight when there is little room.
func (c *Consent) Render(width, height int, st style.Styles) string {
	room := min(width-margin, 68)
	var asked []string
	for _, l := range text.Wrap(text.Line(c.ask.Questions[c.at].Ask)+":", room) {
		asked = append(asked, st.Strong.Render(l))
	}
	asked = append(asked, st.Accent.Render(">")+" "+c.typed.Line(room-2, style.Paint{}, st.Cursor))
	if c.wrong {
		asked = append(asked, st.Bad.Render(style.Failed+" That is something else. Nothing was done."))
	}
	lines := text.Wrap(c.ask.Text, room)
	lines = append(lines[:max(0, min(len(lines), height-frameLines-len(asked)-1))], "")
	return frame(c.ask.Title, append(lines, asked...), answers(st, "enter", "go on", "esc", "no"), width, st)
}
