//go:build unix

package kept

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// Process is a process that runs one command at a time.
type Process struct {
	cmd     *exec.Cmd
	control *net.UnixConn
	exited  chan struct{} // closed when the process has ended
	err     error         // how; only after that
}

// Start starts a program that calls Serve. Its folder, environment and group are the command's; its streams are not used.
func Start(cmd *exec.Cmd) (*Process, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd.ExtraFiles = append(cmd.ExtraFiles, theirs)
	cmd.Env = append(cmd.Environ(), variable+"="+strconv.Itoa(2+len(cmd.ExtraFiles)))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	if err := cmd.Start(); err != nil {
		_ = ours.Close() // nobody is at the other end
		return nil, err
	}
	p := &Process{cmd: cmd, control: ours, exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// pair makes two ends of a connection, one of them to be handed on.
func pair() (*net.UnixConn, *os.File, error) {
	syscall.ForkLock.RLock()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("connect to process: %w", err)
	}
	file, theirs := os.NewFile(uintptr(ends[0]), "control"), os.NewFile(uintptr(ends[1]), "control")
	defer file.Close() // the connection has a copy
	conn, err := net.FileConn(file)
	if err != nil {
		_ = theirs.Close()
		return nil, nil, fmt.Errorf("connect to process: %w", err)
	}
	return conn.(*net.UnixConn), theirs, nil //nolint:forcetypeassert // it is one
}

// Send hands over a command with its streams. When it returns an error the process has not begun with it, and never will.
func (p *Process) Send(args []string, stdin, stdout, stderr *os.File) error {
	message, err := encode(args)
	if err != nil {
		return err
	}
	rights := syscall.UnixRights(int(stdin.Fd()), int(stdout.Fd()), int(stderr.Fd()))
	n, _, err := p.control.WriteMsgUnix(message, rights, nil)
	if err == nil && n < len(message) {
		_, err = p.control.Write(message[n:])
	}
	if err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	answer := []byte{0}
	if _, err := io.ReadFull(p.control, answer); err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	if answer[0] != taken {
		return errors.New("send command: it was not taken")
	}
	return nil
}

// Wait waits for the command that was sent to end, and returns its exit status. When the process ended with it, err is
// what exec.Cmd.Wait returned. The end of ctx ends the waiting, and nothing else. more says whether the process can take
// another command.
func (p *Process) Wait(ctx context.Context) (status int, more bool, err error) {
	type ending struct {
		answer [2]byte
		err    error
	}
	ended := make(chan ending, 1)
	go func() {
		var e ending
		_, e.err = io.ReadFull(p.control, e.answer[:])
		ended <- e
	}()
	select {
	case <-ctx.Done():
		return 0, false, ctx.Err()
	case e := <-ended:
		if e.err == nil {
			return int(e.answer[1]), e.answer[0] == again, nil
		}
	}
	select {
	case <-ctx.Done():
		return 0, false, ctx.Err()
	case <-p.exited:
		return 0, false, p.err
	}
}

// Command is what the process was started with.
func (p *Process) Command() *exec.Cmd { return p.cmd }

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Close lets an idle process end.
func (p *Process) Close() { _ = p.control.Close() }
