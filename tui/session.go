package tui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
)

// open opens a lab and brings it to the step where the learner was.
func (m *Model) open(l *labs.Lab, pos int) tea.Cmd {
	w := m.begin(m.ctx)
	open, all, reports := m.cluster.Open, m.opts.Labs, newReports(w.id)
	out := &openedMsg{id: w.id, step: pos}
	m.awaits(out)
	call := m.inTurn(func() {
		defer reports.close()
		var left []string
		out.session, left, out.err = prepare(w.ctx, l, open, pos, reports.report)
		out.left = known(all, left)
	})
	return tea.Batch(tick(w.id), reports.next, func() tea.Msg {
		call()
		return *out
	})
}

// prepare opens a session, looks at what is on the cluster, and takes the lab to a step. With an error there is no
// session left.
func prepare(
	ctx context.Context, l *labs.Lab, open func(context.Context, *labs.Lab) (Session, error), pos int, report func(done, of int),
) (s Session, left []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if s, err = open(ctx, l); err != nil {
		return nil, nil, err
	}
	left = surveyed(ctx, s)
	if len(l.Steps) > 0 && (pos > 0 || l.Steps[pos].Kind == labs.Edit) {
		err = s.Enter(ctx, pos, report)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, left, nil
}

// reports hands what Enter says of its progress to the app. Only the last of several that wait matters.
type reports struct {
	id   int
	last chan enteringMsg
}

func newReports(id int) *reports { return &reports{id: id, last: make(chan enteringMsg, 1)} }

func (r *reports) report(done, of int) {
	select {
	case <-r.last:
	default:
	}
	r.last <- enteringMsg{id: r.id, done: done, of: of, more: r.next}
}

func (r *reports) close() { close(r.last) }

// next waits for the next report, or the end.
func (r *reports) next() tea.Msg {
	if msg, ok := <-r.last; ok {
		return msg
	}
	return nil
}

// enter takes the open lab to a step.
func (m *Model) enter(step int) tea.Cmd {
	w, s, reports := m.begin(m.ctx), m.session, newReports(0)
	reports.id = w.id
	out := enteredMsg{id: w.id, step: step}
	call := m.inTurn(func() {
		defer reports.close()
		out.err = s.Enter(w.ctx, step, reports.report)
	})
	return tea.Batch(tick(w.id), reports.next, func() tea.Msg {
		call()
		return out
	})
}

// execute runs something that prints.
func (m *Model) execute(to console, line bool, call func(ctx context.Context, out io.Writer) (labs.Outcome, error)) tea.Cmd {
	w := m.begin(m.ctx)
	e := newExecution(w.id, to, m.opts.Now)
	e.line = line
	w.exec = e
	turn := m.inTurn(func() { e.run(w.ctx, call) })
	return tea.Batch(tick(w.id), e.read, func() tea.Msg {
		turn()
		return nil
	})
}

// run runs a step.
func (m *Model) run(step int) tea.Cmd {
	s := m.session
	return m.execute(m.lab, false, func(ctx context.Context, out io.Writer) (labs.Outcome, error) { return s.Run(ctx, step, out) })
}

// solve applies a step's solution.
func (m *Model) solve(step int) tea.Cmd {
	s := m.session
	return m.execute(m.lab, false, func(ctx context.Context, out io.Writer) (labs.Outcome, error) { return s.Solve(ctx, step, out) })
}

// exec runs a line of the learner's own.
func (m *Model) exec(to console, line string) tea.Cmd {
	s := m.session
	return m.execute(to, true, func(ctx context.Context, out io.Writer) (labs.Outcome, error) {
		exit, err := s.Exec(ctx, line, out)
		return labs.Outcome{Exit: exit}, err
	})
}

// judge judges a step with a goal by what the learner did.
func (m *Model) judge(step int) tea.Cmd {
	w, s := m.begin(m.ctx), m.session
	out := finishedMsg{id: w.id}
	call := m.inTurn(func() { out.outcome, out.err = s.Run(w.ctx, step, io.Discard) })
	return tea.Batch(tick(w.id), func() tea.Msg {
		call()
		out.at = m.opts.Now()
		return out
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

// complete asks for the words that may end a line.
func (m *Model) complete(line string) tea.Cmd {
	if m.session == nil {
		return nil
	}
	ctx, s := m.ctx, m.session
	return func() tea.Msg {
		words, err := guarded(ctx, func(ctx context.Context) (any, error) { return s.Complete(ctx, line) })
		found, _ := words.([]string)
		return wordsMsg{line: line, words: found, err: err}
	}
}

// readText reads the file of an edit step.
func (m *Model) readText(step int) tea.Cmd {
	s := m.session
	return func() tea.Msg {
		text, err := s.Text(step)
		return textMsg{session: s, step: step, text: text, err: err}
	}
}

// restore takes the file of an edit step back to its last good version.
func (m *Model) restore(step int) tea.Cmd {
	s := m.session
	return func() tea.Msg {
		if err := s.Restore(step); err != nil {
			return textMsg{session: s, step: step, err: fmt.Errorf("restore the file: %w", err)}
		}
		text, err := s.Text(step)
		return textMsg{session: s, step: step, text: text, err: err}
	}
}
