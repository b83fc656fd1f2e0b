package tui

import (
	"context"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
)

// execution is a step that runs: what it prints comes through a pipe, which holds the command back while the screen is
// behind.
type execution struct {
	id      int
	now     func() time.Time
	reader  *io.PipeReader
	writer  *io.PipeWriter
	outcome labs.Outcome // once the pipe is at its end
	err     error
}

func newExecution(id int, now func() time.Time) *execution {
	r, w := io.Pipe()
	return &execution{id: id, now: now, reader: r, writer: w}
}

// run runs the step. Its result is given by read, after the last output.
func (e *execution) run(ctx context.Context, s Session, step int) {
	e.outcome, e.err = s.Run(ctx, step, e.writer)
	if e.err == nil && ctx.Err() != nil {
		e.err = ctx.Err()
	}
	_ = e.writer.Close() // never fails
}

// read waits for the next output, or for the end.
func (e *execution) read() tea.Msg {
	const chunk = 32 << 10
	buf := make([]byte, chunk)
	if n, err := e.reader.Read(buf); err == nil {
		return outputMsg{id: e.id, text: string(buf[:n])}
	} else if err != io.EOF { //nolint:errorlint // a pipe returns it bare
		return nil // abandoned
	}
	return finishedMsg{id: e.id, outcome: e.outcome, err: e.err, at: e.now()}
}

// abandon lets the command write into nothing.
func (e *execution) abandon() { _ = e.reader.Close() }
