package tui

import (
	"context"
	"fmt"
	"slices"
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

// leftMsg says what a lab that was left leaves on the cluster, and whether another one follows.
type leftMsg struct {
	left []string
	next bool
}

// leftover is something on the cluster that is not from the lab. lab, nil for none, makes one of that name.
type leftover struct {
	name string
	lab  *labs.Lab
}

// surveyed is what is on the cluster and not from the lab. That it cannot be told keeps nobody from the lab.
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

// known tells which of the labs makes what is on the cluster. It reads their files.
func known(all []*labs.Lab, names []string) []leftover {
	var out []leftover
	for _, name := range names {
		out = append(out, leftover{name, labs.Maker(all, name)})
	}
	return out
}

// endLab leaves a lab from its last step, and says what is on the cluster that was not there when it began.
func (m *Model) endLab() tea.Cmd {
	if m.lab == nil || m.session == nil {
		return m.finish()
	}
	ctx, s, before := m.ctx, m.session, m.before
	out := leftMsg{next: m.labAt+1 < len(m.opts.Labs)}
	look := m.inTurn(func() {
		out.left = slices.DeleteFunc(surveyed(ctx, s), func(name string) bool {
			return slices.ContainsFunc(before, func(l leftover) bool { return l.name == name })
		})
	})
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
	notice := fmt.Sprintf("It leaves %s in the cluster.", some(msg.left))
	if msg.next {
		notice += " The next lab takes that away as it opens."
	}
	m.home.AddNotice(notice)
}

// found tells a learner of what is on the cluster that the lab did not bring, and that its reset, just before, did not
// take away. then is what the learner was about to do, nil for nothing.
func (m *Model) found(left []leftover, then screen.Intent) tea.Cmd {
	var lines []string
	for _, l := range left {
		line := "· " + text.Line(l.name)
		if l.lab != nil {
			line += fmt.Sprintf(", as lab %d makes it", l.lab.Number)
		}
		lines = append(lines, line)
	}
	return m.follow(screen.Ask{
		Title: "The cluster is not empty",
		Text: "This is there, and not from this lab:\n" + strings.Join(lines, "\n") +
			"\nSteps may be answered otherwise than they say. The workshop leaves it: if it is in the way, remove it with your own kubectl.",
		Yes: "go on", Then: then,
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
