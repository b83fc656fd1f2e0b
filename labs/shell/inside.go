package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"mvdan.cc/sh/v3/interp"

	"podsec/kube/process"
)

// Main is a command that runs inside this program: args are its arguments, what it returns is its exit status. It must
// depend on nothing but what it is given, and end with ctx.
type Main func(ctx context.Context, args []string, std process.IO) int

// statusPanicked is the exit status of a command that broke down, which is what Go programs end with.
const statusPanicked = 2

// given is what a command of a line is given.
func given(hc interp.HandlerContext) process.IO {
	std := process.IO{Dir: hc.Dir, Env: environment(hc.Env), In: hc.Stdin, Out: hc.Stdout, Err: hc.Stderr}
	if std.In == nil {
		std.In = strings.NewReader("")
	}
	return std
}

// runInside runs a command of this program. It ends soon after ctx does: a command that does not is left behind, without
// its streams.
func runInside(ctx context.Context, main Main, args []string, std process.IO) error {
	gate := &gate{}
	std.Out, std.Err = gate.guard(std.Out, std.Err)
	defer gate.closed.Store(true)
	if file, ok := std.In.(*os.File); ok {
		defer context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Now()) })() // not all files have deadlines
	}
	ended := make(chan int, 1)
	go func() {
		status := statusPanicked
		defer func() {
			if problem := recover(); problem != nil {
				fmt.Fprintf(std.Err, "sh: %s: broke down: %v\n", args[0], problem)
			}
			ended <- status
		}()
		status = main(ctx, args[1:], std)
	}()
	select {
	case status := <-ended:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return exitStatus(status)
	case <-ctx.Done():
	}
	select {
	case <-ended:
	case <-time.After(grace):
	}
	return ctx.Err()
}

// gate lets a command write until it is closed. Closing it does not wait for a write that goes on.
type gate struct{ closed atomic.Bool }

// guarded is a writer behind a gate.
type guarded struct {
	*gate
	to io.Writer
}

// guard puts both streams behind the gate; two that are the same stay so.
func (g *gate) guard(out, err io.Writer) (io.Writer, io.Writer) {
	first := &guarded{g, out}
	if out == err {
		return first, first
	}
	return first, &guarded{g, err}
}

// Write implements io.Writer.
func (w *guarded) Write(p []byte) (int, error) {
	if w.closed.Load() {
		return 0, os.ErrClosed
	}
	return w.to.Write(p)
}
