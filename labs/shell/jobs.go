package shell

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"mvdan.cc/sh/v3/interp"
)

// jobs are the commands of one line that run at present.
type jobs struct {
	shell   *Shell
	mu      sync.Mutex
	running sync.WaitGroup
}

// begin counts one more command, unless its line has ended: a subshell in the background may get as far as its first
// command only then.
func (j *jobs) begin(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	j.running.Add(1)
	return nil
}

// end stops what the line left in the background and waits for it. cancel ends the context of the line's commands.
func (j *jobs) end(cancel context.CancelFunc) {
	j.mu.Lock()
	cancel()
	j.mu.Unlock()
	j.running.Wait()
}

// handler finds out what a command is and runs it. The shell's own builtins never come here.
func (j *jobs) handler(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		if err := j.begin(ctx); err != nil {
			return err
		}
		defer j.running.Done()
		hc := interp.HandlerCtx(ctx)
		if main, std := j.shell.main(args, hc); main != nil {
			return runInside(ctx, main, args, std)
		}
		if slices.Contains(j.shell.commands, args[0]) {
			return j.shell.own(ctx, hc, args)
		}
		path, err := interp.LookPathDir(hc.Dir, hc.Env, args[0])
		if err != nil {
			fmt.Fprintf(hc.Stderr, "sh: %s: command not found (neither podsec nor PATH has it)\n", args[0])
			return interp.ExitStatus(127)
		}
		return execute(ctx, hc, path, args[0], args[1:])
	}
}
