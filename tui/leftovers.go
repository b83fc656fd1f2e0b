package tui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/text"
)

// Surveyor is a Session that knows what is on the cluster, and not the lab's own, that changes how it answers;
// *labs.Session is one.
type Surveyor interface {
	// Leftovers names policies, webhooks and levels, as a learner reads them. It may be called after Close.
	Leftovers(ctx context.Context) ([]string, error)
}

// leftMsg says what a lab that was left leaves on the cluster.
type leftMsg struct{ left []string }

// surveyed is what is on the cluster when a lab has just been opened. That it cannot be told keeps nobody from the lab.
func surveyed(ctx context.Context, s Session) []string {
	surveyor, ok := s.(Surveyor)
	if !ok {
		return nil
	}
	left, err := surveyor.Leftovers(ctx)
	if err != nil {
		return nil
	}
	return left
}

// endLab leaves a lab from its last step, and says what it leaves on the cluster.
func (m *Model) endLab() tea.Cmd {
	if m.lab == nil || m.session == nil {
		return m.finish()
	}
	ctx, s, out := m.ctx, m.session, leftMsg{}
	look := m.inTurn(func() { out.left = surveyed(ctx, s) })
	return tea.Batch(m.finish(), func() tea.Msg {
		look()
		return out
	})
}

// leftBehind says on the home screen what a lab left.
func (m *Model) leftBehind(msg leftMsg) {
	if m.lab != nil || len(msg.left) == 0 {
		return
	}
	m.home.AddNotice(fmt.Sprintf("It leaves %s in the cluster. The next lab takes that away as it opens.",
		some(msg.left)))
}

// found tells a learner of what is on the cluster that the lab did not bring: who made it, and what can be done.
func (m *Model) found(left []string) tea.Cmd {
	if len(left) == 0 {
		return nil
	}
	var lines []string
	for _, name := range left {
		line := "· " + text.Line(name)
		if l := labs.Maker(m.opts.Labs, name); l != nil {
			line += fmt.Sprintf(", as lab %d makes it", l.Number)
		}
		lines = append(lines, line)
	}
	return m.follow(screen.Ask{
		Title: "The cluster is not empty",
		Text: "This is there, and not from this lab:\n" + strings.Join(lines, "\n") +
			"\nSteps may be answered otherwise than they say. A reset takes away what the workshop made; the rest is for you to remove, with your own kubectl.",
		Yes: "reset", Then: screen.Reset{}, No: "go on as it is", Else: screen.Tell{Text: "R resets the lab at any time."},
	})
}

// some names the first few of many.
func some(names []string) string {
	const most = 3
	if rest := len(names) - most; rest > 0 {
		return text.Line(strings.Join(names[:most], ", ")) + fmt.Sprintf(" and %d more", rest)
	}
	if n := len(names); n > 1 {
		return text.Line(strings.Join(names[:n-1], ", ") + " and " + names[n-1])
	}
	return text.Line(names[0])
}
