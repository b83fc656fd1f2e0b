package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
	"podsec/tui/screen/home"
	"podsec/tui/text"
)

// others are the clusters that the learner may change to, and the one that is being looked at.
type others struct {
	list   []Place // as it was shown last
	look   int     // the number of the look under way, 0 for none
	cancel context.CancelFunc
}

// listPlaces finds the clusters that there are; asked says that the learner wants to see them.
func (m *Model) listPlaces(asked bool) tea.Cmd {
	find := m.opts.Places
	if find == nil {
		return nil
	}
	return func() tea.Msg {
		all, err := find()
		return placesMsg{all: all, err: err, asked: asked}
	}
}

// listed offers the choice when there is one, and shows the list when the learner asked for it.
func (m *Model) listed(msg placesMsg) tea.Cmd {
	m.home.Offer(msg.err != nil || len(msg.all) > 0)
	switch {
	case !msg.asked || m.at != screen.Home || m.lab != nil || len(m.dialogs) > 0:
		return nil
	case msg.err != nil:
		return m.trouble("The clusters cannot be listed", msg.err, screen.Places{})
	}
	m.others.list = msg.all
	out := screen.Choose{Title: "Where labs take place"}
	for i, p := range msg.all {
		item := screen.Item{Text: p.Name, Note: p.Note, Then: screen.Look{Place: i}}
		if p.Name == m.opts.ClusterName {
			out.Cursor, item.Note, item.Then = i, "in use", m.stay()
		}
		out.Items = append(out.Items, item)
	}
	return m.follow(out)
}

// stay is what choosing the cluster in use does: nothing, or it is tried again.
func (m *Model) stay() screen.Intent {
	if m.about.Phase == screen.Unreachable {
		return screen.Connect{}
	}
	return screen.Tell{Text: m.opts.ClusterName + " is in use"}
}

// look finds out which cluster a place is. What needs no agreement is gone to at once.
func (m *Model) look(i int) tea.Cmd {
	p := m.others.list[i]
	if p.Look == nil {
		return m.move(i)
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.others.look, m.others.cancel = m.number(), cancel
	m.dialogs = append(m.dialogs, dialog.NewWait(text.Line(p.Name), "Asking the cluster which one it is"+text.Ellipsis, screen.LookAway{}))
	out := lookedMsg{id: m.others.look, place: i}
	return func() tea.Msg {
		sight, err := guarded(ctx, func(ctx context.Context) (any, error) { return p.Look(ctx) })
		out.sight, _ = sight.(Sight)
		out.err = err
		return out
	}
}

// lookAway gives up what is being found out.
func (m *Model) lookAway() {
	m.others.cancel()
	m.others.look = 0
}

// looked has the learner agree to work on the cluster that was looked at, or says why it cannot be used.
func (m *Model) looked(msg lookedMsg) tea.Cmd {
	if msg.id != m.others.look {
		return nil
	}
	m.lookAway()
	m.dialogs = slices.DeleteFunc(m.dialogs, func(d dialog.Dialog) bool {
		_, waits := d.(*dialog.Wait)
		return waits
	})
	name := text.Line(m.others.list[msg.place].Name)
	if msg.err != nil {
		return m.trouble(name+" cannot be used", msg.err, screen.Look{Place: msg.place})
	}
	return m.follow(screen.Consent{
		Title: "Run labs on " + name, Text: text.Clean(msg.sight.Text), Questions: msg.sight.Questions, Then: screen.Move{Place: msg.place},
	})
}

// trouble says what went wrong, and offers to try it again.
func (m *Model) trouble(title string, err error, again screen.Intent) tea.Cmd {
	message, hint := explain(err)
	return m.follow(screen.Ask{Title: title, Text: strings.TrimSpace(message + "\n" + hint), Yes: "try again", Then: again})
}

// move changes to another cluster: what belongs to the one before is left and let go.
func (m *Model) move(i int) tea.Cmd {
	p := m.others.list[i]
	leave := m.leave()
	m.stopAll()
	release := m.release(m.cluster, m.hangUp)
	m.hangUp = func() {}
	m.opts.ClusterName, m.opts.Connect = p.Name, p.Connect
	m.cluster, m.watched, m.seen = nil, 0, seen{}
	m.made = map[screen.Name]screen.Component{}
	m.past = nil
	m.progress.changeTo(p.Name, m.opts.Labs)
	m.recall()
	m.home.SetNotice(home.Notice{Text: p.Moved, Good: true})
	m.setAbout(screen.Cluster{Name: p.Name})
	return tea.Batch(leave, release, m.connect())
}

// cameUp takes the cluster that came up; one that nobody waits for any more is closed.
func (m *Model) cameUp(msg connectedMsg) tea.Cmd {
	if msg.id != m.conn && msg.cluster.Close != nil {
		return m.release(&msg.cluster, func() {})
	}
	return m.connected(msg)
}

// release lets a cluster go after what still runs on it: hangUp ends the context of its connection. c is nil when it did
// not come up.
func (m *Model) release(c *Cluster, hangUp func()) tea.Cmd {
	call := m.inTurn(func() {
		hangUp()
		if c != nil && c.Close != nil {
			_ = c.Close() // nobody uses it any more
		}
	})
	return func() tea.Msg {
		call()
		return nil
	}
}
