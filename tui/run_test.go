package tui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
	"podsec/tui/virtual"
)

// newTerminal is a terminal for as long as the test runs.
func newTerminal(t *testing.T, width, height int) *virtual.Terminal {
	t.Helper()
	term := virtual.NewTerminal(width, height)
	t.Cleanup(func() { _ = term.Close() }) // it never fails
	return term
}

// waitFor waits for a text on the screen.
func waitFor(tb testing.TB, term *virtual.Terminal, want string) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(term.Screen(), want) {
			return
		}
	}
	tb.Fatalf("%q did not come; the screen shows\n%s", want, term.Screen())
}

// TestRun runs the app in a virtual terminal, from its first frame to the end, as a learner would.
func TestRun(t *testing.T) {
	term := newTerminal(t, 100, 30)
	session, progress := usual(), &fakeProgress{}
	states := make(chan kube.State, 1)
	states <- before()
	done := make(chan error, 1)
	go func() {
		done <- tui.Run(context.Background(), tui.Options{
			Labs: someLabs(), ClusterName: "simulated", Progress: progress,
			Connect: func(context.Context) (tui.Cluster, error) {
				return tui.Cluster{States: states, Open: func(context.Context, *labs.Lab) (tui.Session, error) {
					return session, nil
				}}, nil
			},
			Input: term, Output: term, Environ: []string{"TERM=xterm-256color"}, Width: 100, Height: 30,
		})
	}()
	for _, step := range []struct{ keys, want string }{
		{"", "● ready"}, {"j", "▸  2"}, {"\r", "1/5 Why labels"}, {"n", "2/5"}, {"n", "3/5"},
		{"r", "denied the request"}, {"", "2 checks hold"}, {"4", "Blocked requests"}, {"q", "▸  2"},
	} {
		if step.keys != "" {
			term.Type(step.keys)
		}
		waitFor(t, term, step.want)
	}
	term.Type("q")
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the app did not end")
	}
	if _, _, closed := session.count(); closed != 1 {
		t.Errorf("the session was closed %d times", closed)
	}
	if got := progress.get("02-labels").Step; got != "denied" {
		t.Errorf("the learner is kept at %q", got)
	}
}

// TestRunEndsWithItsContext says that the end of the context is no error, stops what runs, and closes the session.
func TestRunEndsWithItsContext(t *testing.T) {
	term := newTerminal(t, 80, 24)
	session := usual()
	session.plays[1] = play{prints: []string{"begun\n"}, gate: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- tui.Run(ctx, tui.Options{
			Labs: someLabs(), ClusterName: "simulated", Lab: "02-labels",
			Connect: func(context.Context) (tui.Cluster, error) {
				return tui.Cluster{Open: func(context.Context, *labs.Lab) (tui.Session, error) { return session, nil }}, nil
			},
			Input: term, Output: term, Environ: []string{"TERM=xterm-256color"}, Width: 80, Height: 24,
		})
	}()
	waitFor(t, term, "○ to read")
	term.Type("n\r")
	waitFor(t, term, "begun")
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the app did not end")
	}
	if _, _, closed := session.count(); closed != 1 {
		t.Errorf("the session was closed %d times", closed)
	}
}

func TestRunSaysWhyTheSessionDidNotClose(t *testing.T) {
	term := newTerminal(t, 80, 24)
	problem := errors.New("folder is in use")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- tui.Run(ctx, tui.Options{
			Labs: someLabs(), ClusterName: "simulated", Lab: "02-labels",
			Connect: func(context.Context) (tui.Cluster, error) {
				return tui.Cluster{Open: func(context.Context, *labs.Lab) (tui.Session, error) {
					return stuck{usual(), problem}, nil
				}}, nil
			},
			Input: term, Output: term, Environ: []string{"TERM=xterm-256color"}, Width: 80, Height: 24,
		})
	}()
	waitFor(t, term, "○ to read")
	cancel()
	if err := <-done; !errors.Is(err, problem) {
		t.Errorf("Run = %v, want %v", err, problem)
	}
}

// stuck is a session that does not close.
type stuck struct {
	*fakeSession
	err error
}

func (s stuck) Close() error { return s.err }
