package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestSecondSignal: what does not heed one signal ends by the next. It reads what never comes: of what does come, more than a pipe
// holds was written when it is signalled, so that it reads, and has long taken the signals.
func TestSecondSignal(t *testing.T) {
	command := exec.Command(os.Args[0], "kyverno", "apply", "-", "--resource", "none.yaml")
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	const pipe = 64 << 10
	if _, err := input.Write(bytes.Repeat([]byte("# a policy's file\n"), pipe/8)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	const sent = syscall.SIGTERM // one that nobody ignores
	if got := endBy(command.Process, sent, ended); got != sent {
		t.Errorf("ended by %v, want %v", got, sent)
	}
}

// endBy sends a signal until a process has ended, and returns what ended it.
func endBy(process *os.Process, sent syscall.Signal, ended <-chan error) syscall.Signal {
	late := time.After(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
					return status.Signal()
				}
			}
			return 0
		case <-tick.C:
			_ = process.Signal(sent) // it may have ended
		case <-late:
			_ = process.Kill()
		}
	}
}
