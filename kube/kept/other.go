//go:build !unix

package kept

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// Process is a process that runs one command at a time. This system has none.
type Process struct{}

// Start says that there is none.
func Start(*exec.Cmd) (*Process, error) { return nil, errors.ErrUnsupported }

// Serving is false.
func Serving() bool { return false }

// Serve says that there is nobody to serve.
func Serve(func(args []string) (status int, fit bool)) error { return errors.ErrUnsupported }

// Send hands over a command.
func (*Process) Send([]string, *os.File, *os.File, *os.File) error { return errors.ErrUnsupported }

// Wait waits for the command that was sent.
func (*Process) Wait(context.Context) (status int, more bool, err error) {
	return 0, false, errors.ErrUnsupported
}

// Command is what the process was started with.
func (*Process) Command() *exec.Cmd { return nil }

// Exited is closed when the process has ended.
func (*Process) Exited() <-chan struct{} { return nil }

// Close lets an idle process end.
func (*Process) Close() {}
