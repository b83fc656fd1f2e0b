//go:build unix

package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podsec/kube/kept"
)

// TestMain lets the test binary stand for the program itself: "kubectl" and "kyverno" print what they were called with.
func TestMain(m *testing.M) {
	switch {
	case kept.Serving():
		if err := kept.Serve(func(args []string) (int, bool) { return pretendKubectl(args), true }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case len(os.Args) > 1 && os.Args[1] == "kubectl":
		os.Exit(pretendKubectl(os.Args[2:]))
	case len(os.Args) > 1 && os.Args[1] == "kyverno":
		fmt.Printf("kyverno %q\n", os.Args[2:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func pretendKubectl(args []string) int {
	switch args[0] {
	case "env":
		for _, name := range args[1:] {
			fmt.Printf("%s=%s\n", name, os.Getenv(name))
		}
	case "pid":
		fmt.Println(os.Getpid())
	case "die":
		os.Exit(9)
	case "sleep":
		fmt.Println("started")
		time.Sleep(time.Hour)
	case "fail":
		fmt.Fprintln(os.Stderr, "Error from server: denied")
		return 1
	case "mixed":
		for i := range 50 {
			fmt.Fprintf(os.Stderr, "Warning: %d\n", i)
			fmt.Printf("created %d\n", i)
		}
	case "stdin":
		text, _ := io.ReadAll(os.Stdin)
		fmt.Printf("read %q\n", text)
	default:
		fmt.Printf("kubectl %q\n", args)
	}
	return 0
}

func newShell(t *testing.T, environ ...string) *Shell {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Self: self, Kubeconfig: "/lab/kubeconfig", Environ: append(environ, commonEnviron(t)...)})
}

// commonEnviron is what commands of tests need. The folder takes what a test binary built for coverage writes at its end.
func commonEnviron(t *testing.T) []string {
	t.Helper()
	return []string{"PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir()}
}

// run runs a line in a new folder with a.json in it and returns everything it printed.
func run(t *testing.T, sh *Shell, line string, env ...string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"items":[{"n":"x"},{"n":"y"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := sh.Run(t.Context(), dir, line, env, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	return exit, out.String()
}

func TestRun(t *testing.T) {
	tests := map[string]struct {
		line string
		exit int
		want string
	}{
		"arguments are passed on":          {line: `kubectl run nginx --labels="a=b c"`, want: "kubectl [\"run\" \"nginx\" \"--labels=a=b c\"]\n"},
		"exit status of the command":       {line: "kubectl fail", exit: 1, want: "Error from server: denied\n"},
		"several lines":                    {line: "kubectl one\nkubectl two", want: "kubectl [\"one\"]\nkubectl [\"two\"]\n"},
		"the last status counts":           {line: "kubectl fail\nkubectl two", want: "Error from server: denied\nkubectl [\"two\"]\n"},
		"and, or":                          {line: "kubectl fail && echo no || echo yes", want: "Error from server: denied\nyes\n"},
		"pipe to a program of PATH":        {line: "echo one two | cat", want: "one two\n"},
		"pipe into our own":                {line: "echo hello | kubectl stdin", want: "read \"hello\\n\"\n"},
		"no standard input":                {line: "kubectl stdin", want: "read \"\"\n"},
		"here document":                    {line: "kubectl stdin <<EOF\na: b\nEOF", want: "read \"a: b\\n\"\n"},
		"command substitution":             {line: `echo "<$(kubectl a)>"`, want: "<kubectl [\"a\"]>\n"},
		"jq of a file":                     {line: `jq -r '.items[].n' a.json`, want: "x\ny\n"},
		"jq in a substitution":             {line: `kubectl get $(cat a.json | jq -r '.items[0].n')`, want: "kubectl [\"get\" \"x\"]\n"},
		"jq's status":                      {line: `echo false | jq -e .`, exit: 1, want: "false\n"},
		"redirection":                      {line: "echo x > out.txt; cat out.txt", want: "x\n"},
		"variables":                        {line: "A=1; export B=2; kubectl env A B", want: "A=\nB=2\n"},
		"a variable for one command":       {line: "B=3 kubectl env B", want: "B=3\n"},
		"cd":                               {line: "mkdir d && cd d && echo x > f && cd .. && cat d/f", want: "x\n"},
		"unknown command":                  {line: "no-such-command-here x", exit: 127, want: "sh: no-such-command-here: command not found (neither podsec nor PATH has it)\n"},
		"not a shell line":                 {line: "echo 'open", exit: 2, want: "sh: 1:6: reached EOF without closing quote `'`\n"},
		"exit":                             {line: "exit 7", exit: 7},
		"killed by a signal":               {line: "sh -c 'kill -9 $$'", exit: 137},
		"order of both streams is kept":    {line: "kubectl mixed", want: mixed()},
		"both streams through a pipe":      {line: "kubectl fail 2>&1 | cat", want: "Error from server: denied\n"},
		"a program that cannot be run":     {line: "echo not-a-program > p; chmod +x p; ./p", exit: 126, want: "sh: ./p: exec format error\n"},
		"without pipefail the last counts": {line: "kubectl fail | cat", want: "Error from server: denied\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			exit, out := run(t, newShell(t), tt.line)
			if exit != tt.exit {
				t.Errorf("exit status %d, want %d", exit, tt.exit)
			}
			if diff := cmp.Diff(tt.want, out); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func mixed() string {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "Warning: %d\ncreated %d\n", i, i)
	}
	return b.String()
}

func TestEnvironment(t *testing.T) {
	sh := newShell(t, "KUBECONFIG=/user/config", "KUBECACHEDIR=/user/cache", "KUBERNETES_SERVICE_HOST=10.0.0.1", "HELM_DRIVER=x", "AWS_REGION=eu-west-1")
	const line = "kubectl env KUBECONFIG KUBECACHEDIR KUBERNETES_SERVICE_HOST KUBERC HELM_DRIVER AWS_REGION"
	_, out := run(t, sh, line, "KUBECACHEDIR=/lab/cache")
	want := "KUBECONFIG=/lab/kubeconfig\nKUBECACHEDIR=/lab/cache\nKUBERNETES_SERVICE_HOST=\nKUBERC=off\nHELM_DRIVER=\nAWS_REGION=eu-west-1\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	_, out = run(t, sh, "kubectl env KUBECONFIG", "KUBECONFIG=/other")
	if out != "KUBECONFIG=/other\n" {
		t.Errorf("the line's own environment does not win: %s", out)
	}
}

func TestHome(t *testing.T) {
	self, _ := os.Executable()
	_, out := run(t, New(Options{Self: self, Home: "/lab/home", Environ: append(commonEnviron(t), "HOME=/user")}), "kubectl env HOME")
	if out != "HOME=/lab/home\n" {
		t.Error(out)
	}
}

// TestKyverno: kyverno needs not be installed, no more than kubectl.
func TestKyverno(t *testing.T) {
	status, out := run(t, newShell(t), "kyverno apply policy.yaml --resource pod.yaml")
	if want := "kyverno [\"apply\" \"policy.yaml\" \"--resource\" \"pod.yaml\"]\n"; status != 0 || out != want {
		t.Errorf("status %d, output %q, want %q", status, out, want)
	}
}

func TestCommands(t *testing.T) {
	if got, want := newShell(t).Commands(), []string{"kubectl", "helm", "kyverno", "aws", "docker", "cosign", "jq"}; !slices.Equal(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
}

// signalWriter tells when a text was written.
type signalWriter struct {
	mu   sync.Mutex
	text strings.Builder
	want string
	seen chan struct{}
}

func (w *signalWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := strings.Contains(w.text.String(), w.want)
	w.text.Write(p)
	if !before && strings.Contains(w.text.String(), w.want) {
		close(w.seen)
	}
	return len(p), nil
}

func (w *signalWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// TestStreams sees the first line of a command that is still running.
func TestStreams(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &signalWriter{want: "first\n", seen: make(chan struct{})}
	done := make(chan int, 1)
	go func() {
		exit, _ := newShell(t).Run(ctx, t.TempDir(), "sh -c 'echo first; sleep 60'", nil, out, out)
		done <- exit
	}()
	<-out.seen
	cancel()
	if exit := <-done; exit != statusCancelled {
		t.Errorf("exit status %d, want %d", exit, statusCancelled)
	}
}

// TestCancelEndsGrandchildren stops a line whose command has started another, which ignores the polite signal.
func TestCancelEndsGrandchildren(t *testing.T) {
	lines := map[string]string{
		"foreground": `sh -c 'trap "" TERM; sh -c "trap \"\" TERM; echo \$\$; sleep 60; sleep 60" & wait; sleep 60'`,
		"pipeline":   `sh -c 'sh -c "echo \$\$; sleep 60; true" & wait; true' | cat`,
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &signalWriter{want: "\n", seen: make(chan struct{})}
			failed := make(chan error, 1)
			go func() {
				_, err := newShell(t).Run(ctx, t.TempDir(), line, nil, out, out)
				failed <- err
			}()
			<-out.seen
			cancel()
			if err := <-failed; err != context.Canceled {
				t.Errorf("error %v, want %v", err, context.Canceled)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
			if err != nil {
				t.Fatal(err)
			}
			awaitGone(t, pid)
		})
	}
}

// awaitGone waits until a process is dead; it may be a zombie where nobody collects orphans.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for range 3000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil && syscall.Kill(pid, 0) == syscall.ESRCH || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process %d still runs", pid)
}

// TestBackground ends what a line leaves in the background, before Run returns.
func TestBackground(t *testing.T) {
	for _, line := range []string{"sleep 60 & echo started", "(sleep 60 &); echo started", "(while :; do :; done &); echo started"} {
		for range 20 { // where a line ends before its background begins is up to the scheduler
			if exit, out := run(t, newShell(t), line); exit != 0 || out != "started\n" {
				t.Errorf("%s: exit %d, output %q", line, exit, out)
			}
		}
	}
}

func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	exit, err := newShell(t).Run(ctx, t.TempDir(), "echo x", nil, io.Discard, io.Discard)
	if exit != statusCancelled || err != context.Canceled {
		t.Errorf("exit %d, error %v", exit, err)
	}
}

// TestEnv: what a shell is given replaces whole families of what the user has set.
func TestEnv(t *testing.T) {
	s := New(Options{
		Environ: []string{"PATH=" + os.Getenv("PATH"), "AWS_PROFILE=production", "AWS_REGION=eu-west-1", "AWSOME=kept", "DOCKER_HOST=kept"},
		Env:     []string{"AWS_REGION=us-east-1", "HOME=/home/somebody"},
	})
	var out bytes.Buffer
	line := `echo "$AWS_REGION,$AWS_PROFILE,$AWSOME,$DOCKER_HOST,$HOME"`
	if exit, err := s.Run(t.Context(), t.TempDir(), line, nil, &out, &out); exit != 0 || err != nil {
		t.Fatalf("exit %d, %v", exit, err)
	}
	if want := "us-east-1,,kept,kept,/home/somebody\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
