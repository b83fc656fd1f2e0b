package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
)

// endWithin is how long Run waits for what was begun, and stopped, when the app ends.
const endWithin = 10 * time.Second

// Run runs the app until the learner quits or ctx ends, neither of which is an error. It leaves nothing running.
func Run(ctx context.Context, opts Options) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(inner, opts)
	_, err := tea.NewProgram(m, m.programOptions(ctx)...).Run()
	cancel()
	closing := m.shutdown()
	switch {
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		err = nil
	case err != nil:
		err = fmt.Errorf("run terminal: %w", err)
	}
	return errors.Join(err, closing)
}

// programOptions has signals left to who made ctx: a handler of Bubble Tea's own would wait forever to hand SIGTERM to a
// program that the end of ctx has ended already.
func (m *Model) programOptions(ctx context.Context) []tea.ProgramOption {
	out := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler()}
	if m.opts.Input != nil {
		out = append(out, tea.WithInput(m.opts.Input))
	}
	if m.opts.Output != nil {
		out = append(out, tea.WithOutput(m.opts.Output))
	}
	if m.opts.Width > 0 && m.opts.Height > 0 {
		out = append(out, tea.WithWindowSize(m.opts.Width, m.opts.Height))
	}
	if m.opts.Environ != nil {
		out = append(out, tea.WithEnvironment(m.opts.Environ))
	}
	return out
}

// shutdown waits for what ran and was to be kept, for a while, and ends the session.
func (m *Model) shutdown() error {
	m.giveUp()
	over := make(chan error, 1)
	go func() { over <- m.finishAll() }()
	select {
	case err := <-over:
		return err
	case <-time.After(endWithin):
		return nil // it does not stop: the process ends it
	}
}

// finishAll waits for all that was begun, and ends the session, also one that was opened too late.
func (m *Model) finishAll() error {
	m.flush()
	m.stores.finish()
	m.calls.finish()
	sessions := []Session{m.session}
	for _, late := range m.opening { // opened in the moment in which the app ended: nobody took them
		sessions = append(sessions, late.session)
	}
	var closing error
	for _, s := range sessions {
		if s == nil {
			continue
		}
		if err := s.Close(); err != nil {
			closing = errors.Join(closing, fmt.Errorf("close lab: %w", err))
		}
	}
	return closing
}
