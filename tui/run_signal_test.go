//go:build !windows

package tui_test

import (
	"context"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"podsec/tui"
)

// TestRunEndsBySignal: whoever runs the app turns signals into the end of its context, and nothing of the app waits for
// the signal itself.
func TestRunEndsBySignal(t *testing.T) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	term := newTerminal(t, 80, 24)
	done := make(chan error, 1)
	go func() {
		done <- tui.Run(ctx, tui.Options{
			Labs: someLabs(), ClusterName: "simulated", Input: term, Output: term,
			Environ: []string{"TERM=xterm-256color"}, Width: 80, Height: 24,
		})
	}()
	waitFor(t, term, "Validate and mutate pod labels")
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the app did not end")
	}
}
