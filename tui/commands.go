package tui

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/text"
)

// tickEvery is how often the clock of what runs moves.
const tickEvery = 100 * time.Millisecond

// maxFile is the size up to which a lab's file is shown.
const maxFile = 1 << 20

func tick(id int) tea.Cmd {
	return tea.Tick(tickEvery, func(at time.Time) tea.Msg { return tickMsg{id: id, at: at} })
}

// connect brings the cluster up.
func (m *Model) connect() tea.Cmd {
	if m.opts.Connect == nil {
		return nil
	}
	m.hangUp()
	m.conn = m.number()
	ctx, cancel := context.WithCancel(m.ctx)
	m.hangUp = cancel
	id, connect := m.conn, m.opts.Connect
	return func() tea.Msg {
		c, err := connect(ctx)
		return connectedMsg{id: id, cluster: c, err: err}
	}
}

// watch waits for the cluster's next state; of several that wait, only the last one matters.
func (m *Model) watch() tea.Cmd {
	if m.cluster == nil || m.cluster.States == nil {
		return nil
	}
	id, ctx, states := m.watched, m.ctx, m.cluster.States
	return func() tea.Msg {
		select {
		case s, ok := <-states:
			for ok {
				select {
				case s, ok = <-states:
					continue
				default:
				}
				break
			}
			return stateMsg{id: id, state: s, closed: !ok}
		case <-ctx.Done():
			return nil
		}
	}
}

// readFiles reads the files that the steps of a lab are about.
func readFiles(l *labs.Lab) tea.Cmd {
	if l.Files == nil {
		return nil
	}
	return func() tea.Msg {
		files := map[string]string{}
		for _, s := range l.Steps {
			for _, name := range []string{s.File, s.Solution.File} {
				if name != "" && files[name] == "" {
					files[name] = readFile(l.Files, name)
				}
			}
		}
		return filesMsg{lab: l.ID, files: files}
	}
}

// readFile returns a file as it may be drawn, or as a comment why it cannot be.
func readFile(fsys fs.FS, name string) string {
	data, err := fs.ReadFile(fsys, name)
	switch {
	case err != nil:
		return "# " + text.Line(fmt.Errorf("read %s: %w", name, err).Error())
	case len(data) > maxFile:
		return fmt.Sprintf("# %s is too large to be shown (%d bytes)", text.Line(name), len(data))
	}
	return text.Clean(string(data))
}
