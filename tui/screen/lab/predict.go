package lab

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
	"podsec/tui/widget/transcript"
)

// asking reports whether the current step has a question that is to be answered before its command may run. A step that
// was done before may be run again without.
func (m *Model) asking() bool {
	_, answered := m.guesses[m.pos]
	return m.step().Question != nil && !answered && !m.done[m.pos]
}

// undecided is the choice of who has not chosen an answer yet: none is suggested.
const undecided = -1

// guessing handles the keys of a question; ok is false for another one.
func (m *Model) guessing(k tea.KeyPressMsg) (intent screen.Intent, ok bool) {
	choices := m.step().Question.Choices
	switch digit := k.String(); {
	case len(digit) == 1 && digit[0] >= '0' && digit[0] <= '9':
		if i := int(digit[0] - '1'); i < len(choices) {
			return m.guess(i), true
		}
		return m.first(), true
	case key.Matches(k, m.keys.Above):
		m.choice = max(0, m.choice-1)
	case key.Matches(k, m.keys.Below):
		m.choice = min(len(choices)-1, m.choice+1)
	case key.Matches(k, m.keys.Enter) && m.choice == undecided:
		return m.first(), true
	case key.Matches(k, m.keys.Enter):
		return m.guess(m.choice), true
	case key.Matches(k, m.keys.Hint): // hints are about what the command answers
		return screen.Tell{Text: "A hint would give the answer away. " + m.first().Text}, true
	default:
		return nil, false
	}
	return nil, true
}

// guess takes the learner's answer.
func (m *Model) guess(choice int) screen.Intent {
	m.guesses[m.pos], m.choice, m.stale = choice, choice, true
	m.arrange()
	right := m.step().Question.Choices[choice].Right
	return screen.Noted{Right: &right}
}

// questionLines is the question of the current step with its choices. Each choice takes a line; the one under the
// cursor as many as it needs.
func (m *Model) questionLines(width int) []string {
	st, q := m.styles, m.step().Question
	var out []string
	for _, l := range text.Wrap(markdown.Inline(q.Text, st), max(1, width)) {
		out = append(out, st.Strong.Render(l))
	}
	for i, c := range q.Choices {
		mark, tone := "  ", st.Text
		if i == m.choice {
			mark, tone = st.Key.Render(style.Cursor)+" ", st.Strong
		}
		mark += st.Key.Render(fmt.Sprint(i+1)) + " "
		lines := text.Wrap(markdown.Inline(c.Text, st), max(1, width-4))
		if i != m.choice && len(lines) > 1 {
			lines = []string{text.Cut(lines[0]+" "+lines[1], width-4)}
		}
		for _, l := range lines {
			out = append(out, mark+tone.Render(l))
			mark = "    "
		}
	}
	return out
}

// guessOf is what the learner said at the current step and what became of it, nil when they were not asked.
func (m *Model) guessOf() *transcript.Guess {
	said, answered := m.guesses[m.pos]
	q := m.step().Question
	if q == nil || !answered {
		return nil
	}
	right := rightChoice(q)
	c := q.Choices[said]
	g := &transcript.Guess{Right: c.Right, Said: c.Text, Reply: c.Reply}
	if !c.Right {
		g.Answer, g.Truth = right.Text, right.Reply
	}
	return g
}

func rightChoice(q *labs.Question) labs.Choice {
	for _, c := range q.Choices {
		if c.Right {
			return c
		}
	}
	return labs.Choice{}
}

// Guesses is how many questions the learner answered since the lab was opened, and how many of them right.
func (m *Model) Guesses() (asked, right int) {
	for step, said := range m.guesses {
		if _, ran := m.outcomes[step]; !ran {
			continue
		}
		asked++
		if m.lab.Steps[step].Question.Choices[said].Right {
			right++
		}
	}
	return asked, right
}

// first asks for the answer when something else was asked for before it.
func (m *Model) first() screen.Tell {
	return screen.Tell{Text: "Say first what you think will happen: press " + m.numbers() + "."}
}

// numbers names the keys of the choices.
func (m *Model) numbers() string { return "1 to " + fmt.Sprint(len(m.step().Question.Choices)) }

// said is the answer that was given, for who is about to see whether it was right.
func (m *Model) said() (answer string, ok bool) {
	said, answered := m.guesses[m.pos]
	if m.step().Question == nil || !answered {
		return "", false
	}
	return fmt.Sprintf("you said %d: %s", said+1, m.step().Question.Choices[said].Text), true
}
