package shell

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"mvdan.cc/sh/v3/interp"
)

const (
	// grace is how long a stopped command may take to clean up before it is killed.
	grace = 2 * time.Second
	// holdOn is how long the output of an ended command may be held open by a process it left behind.
	holdOn = 5 * time.Second
)

// execute runs a program in a process group of its own, so that stopping it stops what it started too. name is the
// program's argv[0] and args its arguments.
func execute(ctx context.Context, hc interp.HandlerContext, path, name string, args []string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Args[0] = name
	cmd.Env, cmd.Dir = environment(hc.Env), hc.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = hc.Stdin, hc.Stdout, hc.Stderr
	cmd.WaitDelay = holdOn
	ownGroup(cmd)
	var kill *time.Timer
	cmd.Cancel = func() error {
		kill = time.AfterFunc(grace, func() { killGroup(cmd) })
		return stopGroup(cmd)
	}
	err := cmd.Start()
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		fmt.Fprintf(hc.Stderr, "sh: %s: %v\n", name, reason(err))
		return interp.ExitStatus(126)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		if kill != nil {
			kill.Stop()
		}
		killGroup(cmd) // the command is gone, what it started may not be
		return ctx.Err()
	}
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return exitStatus(statusOf(failed))
	case errors.Is(err, exec.ErrWaitDelay):
		return nil
	}
	return err
}

// reason is why a program could not be started, without the name of the system call and file.
func reason(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
