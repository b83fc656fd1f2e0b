//go:build unix

package kept_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"podsec/kube/kept"
)

// TestMain lets the test binary be the process that is kept.
func TestMain(m *testing.M) {
	if !kept.Serving() {
		os.Exit(m.Run())
	}
	count := 0
	err := kept.Serve(func(args []string) (int, bool) {
		count++
		return command(count, args)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(count int, args []string) (status int, fit bool) {
	switch args[0] {
	case "count":
		fmt.Println(count, len(strings.Join(args, "")))
	case "read":
		text, err := io.ReadAll(os.Stdin)
		fmt.Printf("%q %v\n", text, err)
	case "look":
		_, err := os.Stat("file")
		fmt.Println(err)
	case "fail":
		fmt.Fprintln(os.Stderr, "no")
		return 3, true
	case "unfit":
		return 4, false
	case "exit":
		fmt.Println("bye")
		os.Exit(5)
	case "hang":
		fmt.Println("started")
		time.Sleep(time.Hour)
	}
	return 0, true
}

func start(t *testing.T) *kept.Process {
	t.Helper()
	return startIn(t, "")
}

func startIn(t *testing.T, dir string) *kept.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOCOVERDIR="+t.TempDir())
	p, err := kept.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		_ = cmd.Process.Kill() // it may have ended by itself
		<-p.Exited()
	})
	return p
}

// send hands over a command; what it prints is read from the file that is returned.
func send(t *testing.T, p *kept.Process, stdin string, args ...string) (*os.File, error) {
	t.Helper()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = feed.WriteString(stdin) // it fits into the pipe
	feed.Close()
	out, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	err = p.Send(args, in, writer, writer)
	in.Close()
	writer.Close()
	return out, err
}

// TestCommands sends one command after the other; the process lets go of their output each time.
func TestCommands(t *testing.T) {
	p := start(t)
	long := strings.Repeat("x", 300_000)
	for i, test := range []struct {
		stdin  string
		args   []string
		want   string
		status int
	}{
		{args: []string{"count"}, want: "1 5\n"},
		{args: []string{"read"}, stdin: "text", want: "\"text\" <nil>\n"},
		{args: []string{"fail", ""}, want: "no\n", status: 3},
		{args: []string{"count", long}, want: "4 300005\n"},
		{args: []string{"read"}, want: "\"\" <nil>\n"},
	} {
		out, err := send(t, p, test.stdin, test.args...)
		if err != nil {
			t.Fatal(err)
		}
		printed, err := io.ReadAll(out)
		if err != nil || string(printed) != test.want {
			t.Errorf("command %d printed %q, %v", i, printed, err)
		}
		if status, more, err := p.Wait(t.Context()); status != test.status || !more || err != nil {
			t.Errorf("command %d: status %d, more %t, %v", i, status, more, err)
		}
	}
}

// TestFolderMadeAnew: labs empty their folder by removing it. Commands work in the one that is there now.
func TestFolderMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	var p *kept.Process
	for i, make := range []func() error{
		func() error { return os.Mkdir(dir, 0o700) },
		func() error { return errors.Join(os.Remove(dir), os.Mkdir(dir, 0o700)) },
		func() error { return os.Remove(filepath.Join(dir, "file")) },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			p = startIn(t, dir)
		}
		if i == 1 {
			if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := send(t, p, "", "look")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(out)
		if _, _, err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{true: "<nil>\n", false: "stat file: no such file or directory\n"}[i == 1]; string(got) != want {
			t.Errorf("look %d: %q, want %q", i, got, want)
		}
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, p, "", "look"); err == nil {
		t.Error("a command was taken without a folder to run in")
	}
}

// TestEnd: a process that is unfit, or that a command has ended, takes no other, and says so before it begins.
func TestEnd(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		err    bool
	}{"unfit": {status: 4}, "exit": {err: true}} {
		p := start(t)
		out, err := send(t, p, "", name)
		if err != nil {
			t.Fatal(err)
		}
		status, more, err := p.Wait(t.Context())
		if status != test.status || more || (err != nil) != test.err {
			t.Errorf("%s: status %d, more %t, %v", name, status, more, err)
		}
		if failed := (*exec.ExitError)(nil); test.err && (!errors.As(err, &failed) || failed.ExitCode() != 5) {
			t.Errorf("%s: %v", name, err)
		}
		if printed, err := io.ReadAll(out); test.err && string(printed) != "bye\n" {
			t.Errorf("%s printed %q, %v", name, printed, err)
		}
		if _, err := send(t, p, "", "count"); err == nil {
			t.Errorf("%s: another command was taken", name)
		}
	}
}

// TestCancel: waiting ends with ctx, and the process can be ended.
func TestCancel(t *testing.T) {
	p := start(t)
	out, err := send(t, p, "", "hang")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, more, err := p.Wait(ctx); more || !errors.Is(err, context.Canceled) {
		t.Errorf("more %t, %v", more, err)
	}
	if err := p.Command().Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.Exited()
	if rest, err := io.ReadAll(out); len(rest) > 0 || err != nil {
		t.Errorf("it printed %q, %v", rest, err)
	}
}

// TestClose: a process that nobody needs ends.
func TestClose(t *testing.T) {
	p := start(t)
	p.Close()
	<-p.Exited()
	if _, err := send(t, p, "", "count"); err == nil {
		t.Error("a command was taken")
	}
}

func TestStartFails(t *testing.T) {
	if _, err := kept.Start(exec.Command("/does/not/exist")); err == nil {
		t.Error("started what is not there")
	}
}
