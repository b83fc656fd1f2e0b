//go:build unix

package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// keepingShell keeps the processes of kubectl.
func keepingShell(t *testing.T) *Shell {
	t.Helper()
	sh := newShell(t)
	sh.keep = func(name string, args []string) bool { return name == "kubectl" && args[0] != "alone" }
	t.Cleanup(func() {
		for _, p := range sh.keeper.idle {
			p.Close()
		}
	})
	return sh
}

// TestKeep: a command in a process that is kept cannot be told from one in a process of its own.
func TestKeep(t *testing.T) {
	sh := keepingShell(t)
	for _, test := range []struct{ line, want string }{
		{`kubectl run nginx --labels="a=b c"`, "kubectl [\"run\" \"nginx\" \"--labels=a=b c\"]\n[0]"},
		{"kubectl fail", "Error from server: denied\n[1]"},
		{"kubectl alone", "kubectl [\"alone\"]\n[0]"},
		{"echo hello | kubectl stdin", "read \"hello\\n\"\n[0]"},
		{"kubectl stdin", "read \"\"\n[0]"},
		{"kubectl stdin <<EOF\na: b\nEOF", "read \"a: b\\n\"\n[0]"},
		{"kubectl mixed", mixed() + "[0]"},
		{"kubectl fail 2>&1 | cat", "Error from server: denied\n[0]"},
		{"kubectl fail 2>/dev/null || kubectl one > f; cat f", "kubectl [\"one\"]\n[0]"},
		{"kubectl die; echo $?; kubectl two", "9\nkubectl [\"two\"]\n[0]"},
		{"A=b kubectl env A; export A=c; kubectl env A KUBECONFIG PODSEC_KEPT", "A=b\nA=c\nKUBECONFIG=/lab/kubeconfig\nPODSEC_KEPT=\n[0]"},
		{"kubectl stdin | kubectl stdin | kubectl stdin", "read \"read \\\"read \\\\\\\"\\\\\\\"\\\\n\\\"\\n\"\n[0]"},
	} {
		exit, out := run(t, sh, test.line)
		if diff := cmp.Diff(test.want, fmt.Sprintf("%s[%d]", out, exit)); diff != "" {
			t.Errorf("%s: %s", test.line, diff)
		}
	}
}

// TestKeepAgain: in place of a process that has ended by itself, one is started and kept.
func TestKeepAgain(t *testing.T) {
	sh := keepingShell(t)
	run(t, sh, "kubectl pid")
	first := sh.keeper.idle[0]
	first.Close()
	<-first.Exited()
	run(t, sh, "kubectl pid")
	if n := len(sh.keeper.idle); n != 1 || sh.keeper.idle[0] == first {
		t.Errorf("%d processes are kept", n)
	}
}

// TestKeepOne: the process stays as long as folder and environment do.
func TestKeepOne(t *testing.T) {
	for line, distinct := range map[string]int{
		"kubectl pid; kubectl pid; kubectl fail; kubectl pid": 1,
		"kubectl pid; A=b kubectl pid; kubectl pid":           2,
		"mkdir d; kubectl pid; cd d; kubectl pid":             2,
		"kubectl pid; kubectl die; kubectl pid":               2,
	} {
		_, out := run(t, keepingShell(t), line)
		pids := map[string]bool{}
		for pid := range strings.Lines(out) {
			if !strings.HasPrefix(pid, "Error") {
				pids[pid] = true
			}
		}
		if len(pids) != distinct {
			t.Errorf("%s: %d processes, want %d: %s", line, len(pids), distinct, out)
		}
	}
}

// TestWarm: the first command finds the process that it would have to start.
func TestWarm(t *testing.T) {
	sh, dir, env := keepingShell(t), t.TempDir(), []string{"A=b"}
	sh.Warm(t.Context(), dir, env)
	if len(sh.keeper.idle) != 1 {
		t.Fatalf("%d processes are kept", len(sh.keeper.idle))
	}
	warm := sh.keeper.idle[0].Process
	var out bytes.Buffer
	if exit, err := sh.Run(t.Context(), dir, "kubectl env A", env, &out, &out); exit != 0 || err != nil || out.String() != "A=b\n" {
		t.Errorf("exit %d, %v, printed %q", exit, err, out.String())
	}
	if len(sh.keeper.idle) != 1 || sh.keeper.idle[0].Process != warm {
		t.Error("the command took another process")
	}
}

// TestKeepNoMore: of the processes that are idle the oldest goes.
func TestKeepNoMore(t *testing.T) {
	sh := keepingShell(t)
	if exit, out := run(t, sh, "for a in 1 2 3 4; do A=$a kubectl env A; done"); exit != 0 || len(sh.keeper.idle) != most {
		t.Errorf("exit %d, %d are kept, printed %s", exit, len(sh.keeper.idle), out)
	}
}

// TestKeepCancelled: the end of a line ends the process that runs its command.
func TestKeepCancelled(t *testing.T) {
	sh := keepingShell(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &signalWriter{want: "started\n", seen: make(chan struct{})}
	go func() {
		<-out.seen
		cancel()
	}()
	if exit, err := sh.Run(ctx, t.TempDir(), "kubectl sleep", nil, out, out); exit != statusCancelled || err != context.Canceled {
		t.Errorf("exit %d, error %v", exit, err)
	}
	if len(sh.keeper.idle) > 0 {
		t.Error("a process that was stopped is kept")
	}
}

// TestKeepSilent: a process that does not even take the command ends with the line.
func TestKeepSilent(t *testing.T) {
	script := filepath.Join(t.TempDir(), "silent")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch started\nsleep 60\n"), 0o700); err != nil { //nolint:gosec // it must be executable
		t.Fatal(err)
	}
	sh := keepingShell(t)
	sh.self = script
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if exit, err := sh.Run(ctx, dir, "kubectl get", nil, io.Discard, io.Discard); exit != statusCancelled || err != context.Canceled {
		t.Errorf("exit %d, error %v", exit, err)
	}
}

// TestKeepNot: where no process can be kept, the command has one of its own.
func TestKeepNot(t *testing.T) {
	sh := keepingShell(t)
	sh.self = "/does/not/exist"
	if exit, out := run(t, sh, "kubectl one"); exit != 126 || out != "sh: kubectl: no such file or directory\n" {
		t.Errorf("exit %d, printed %q", exit, out)
	}
}
