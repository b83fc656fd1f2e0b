package tui

import (
	"context"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
)

// console is a part of the screen that shows what a command prints.
type console interface {
	Write(chunk string)
}

// execution is a command that runs: what it prints comes through a pipe, which holds the command back while the screen
// is behind.
type execution struct {
	id      int
	to      console
	now     func() time.Time
	reader  *io.PipeReader
	writer  *io.PipeWriter
	outcome labs.Outcome // once the pipe is at its end
	err     error
	line    bool // it is a line of the learner's own
}

func newExecution(id int, to console, now func() time.Time) *execution {
	r, w := io.Pipe()
	return &execution{id: id, to: to, now: now, reader: r, writer: w}
}

// run calls what runs the command. Its result is given by read, after the last output.
func (e *execution) run(ctx context.Context, call func(ctx context.Context, out io.Writer) (labs.Outcome, error)) {
	defer func() {
		if p := recover(); p != nil { // a mistake of ours must not take the learner's terminal with it
			e.err = fmt.Errorf("the command broke: %v", p)
		}
		_ = e.writer.Close() // never fails
	}()
	e.outcome, e.err = call(ctx, e.writer)
	if e.err == nil && ctx.Err() != nil {
		e.err = ctx.Err()
	}
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
	if e.line {
		return executedMsg{id: e.id, exit: e.outcome.Exit, err: e.err, at: e.now()}
	}
	return finishedMsg{id: e.id, outcome: e.outcome, err: e.err, at: e.now()}
}

// abandon lets the command write into nothing.
func (e *execution) abandon() { _ = e.reader.Close() }
