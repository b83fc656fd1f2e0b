package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	m.conn = m.number()
	id, ctx, connect := m.conn, m.ctx, m.opts.Connect
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
			if s.File != "" {
				files[s.File] = readFile(l.Files, s.File)
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

// open opens a lab and brings it to where the learner was: the commands of the steps before that were done are run
// again.
func (m *Model) open(l *labs.Lab, redo []int) tea.Cmd {
	w := m.begin(m.ctx)
	open := m.cluster.Open
	out := openedMsg{id: w.id}
	call := m.inTurn(func() { out.session, out.err = prepare(w.ctx, l, open, redo) })
	return tea.Batch(tick(w.id), func() tea.Msg {
		call()
		return out
	})
}

// prepare opens a session and runs steps again on it. With an error there is no session left.
func prepare(
	ctx context.Context, l *labs.Lab, open func(context.Context, *labs.Lab) (Session, error), redo []int,
) (Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := open(ctx, l)
	if err != nil {
		return nil, err
	}
	if err = replay(ctx, s, redo); err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func replay(ctx context.Context, s Session, steps []int) error {
	for _, i := range steps {
		if _, err := s.Run(ctx, i, io.Discard); err != nil {
			return fmt.Errorf("run step %d again: %w", i+1, err)
		}
	}
	return nil
}

// run runs a step.
func (m *Model) run(step int) tea.Cmd {
	w, s := m.begin(m.ctx), m.session
	e := newExecution(w.id, m.opts.Now)
	w.exec = e
	call := m.inTurn(func() { e.run(w.ctx, s, step) })
	return tea.Batch(tick(w.id), e.read, func() tea.Msg {
		call()
		return nil
	})
}

// check checks a step without running it.
func (m *Model) check(step int) tea.Cmd {
	w, s := m.begin(m.ctx), m.session
	out := checkedMsg{id: w.id}
	call := m.inTurn(func() { out.results, out.err = s.Check(w.ctx, step) })
	return tea.Batch(tick(w.id), func() tea.Msg {
		call()
		return out
	})
}

// reset takes the lab back to its start.
func (m *Model) reset() tea.Cmd {
	w, s := m.begin(m.ctx), m.session
	out := resetMsg{id: w.id}
	call := m.inTurn(func() { out.err = s.Reset(w.ctx) })
	return tea.Batch(tick(w.id), func() tea.Msg {
		call()
		return out
	})
}

// closeSession ends a session after what still runs on it.
func (m *Model) closeSession(s Session) tea.Cmd {
	if s == nil {
		return nil
	}
	call := m.inTurn(func() { _ = s.Close() }) // its folder is temporary anyway
	return func() tea.Msg {
		call()
		return nil
	}
}
