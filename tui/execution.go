package tui

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
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
	line    bool        // it is a line of the learner's own
	ended   atomic.Bool // its checks are waited for, and the console does not know yet
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
	e.outcome, e.err = call(ctx, output{e})
	if e.err == nil && ctx.Err() != nil {
		e.err = ctx.Err()
	}
}

// output is where the command prints. It implements labs.Ender.
type output struct{ e *execution }

// Write implements io.Writer.
func (o output) Write(p []byte) (int, error) { return o.e.writer.Write(p) }

// Ended implements labs.Ender: who reads is woken by nothing more to read.
func (o output) Ended() {
	o.e.ended.Store(true)
	_, _ = o.e.writer.Write(nil) // fails when nobody wants to know
}

// waiter is a console that says what is waited for.
type waiter interface{ Ended(at time.Time) }

// show has the console show what was printed, and that the command ended when it did.
func (e *execution) show(text string) {
	e.to.Write(text)
	if w, ok := e.to.(waiter); ok && e.ended.Swap(false) {
		w.Ended(e.now())
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
