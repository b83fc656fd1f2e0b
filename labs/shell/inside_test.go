//go:build unix

package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"

	"podsec/kube/process"
)

// pretendDocker is a command that runs inside, unless it is asked for outside.
func pretendDocker(name string, args []string, _ process.IO) Main {
	if name != "docker" || len(args) > 0 && args[0] == "outside" {
		return nil
	}
	return func(ctx context.Context, args []string, std process.IO) int {
		switch args[0] {
		case "env":
			fmt.Fprintf(std.Out, "%s in %s\n", std.Getenv(args[1]), filepath.Base(std.Dir))
		case "stdin":
			text, err := io.ReadAll(std.In)
			fmt.Fprintf(std.Out, "read %q, %v\n", text, err)
		case "fail":
			fmt.Fprintln(std.Err, "no such image")
			return 125
		case "mixed":
			for i := range 50 {
				fmt.Fprintf(std.Err, "Warning: %d\n", i)
				fmt.Fprintf(std.Out, "created %d\n", i)
			}
		case "panic":
			fmt.Fprintln(std.Out, "before")
			panic("nothing there")
		case "many":
			for {
				if _, err := fmt.Fprintln(std.Out, "again"); err != nil {
					return 7
				}
			}
		}
		return 0
	}
}

func insideShell(t *testing.T) *Shell {
	t.Helper()
	sh := newShell(t, "KIND=given")
	sh.inside = pretendDocker
	return sh
}

// TestInside: a command that runs inside the program cannot be told from one that does not.
func TestInside(t *testing.T) {
	for line, want := range map[string]string{
		"mkdir d; cd d; export A=b; docker env A":  "b in d\n[0]",
		"echo text | docker stdin":                 "read \"text\\n\", <nil>\n[0]",
		"docker stdin":                             "read \"\", <nil>\n[0]",
		"docker stdin <<EOF\na\nEOF":               "read \"a\\n\", <nil>\n[0]",
		"docker fail":                              "no such image\n[125]",
		"docker fail 2>/dev/null || echo other":    "other\n[0]",
		`echo "<$(docker fail 2>&1)>"`:             "<no such image>\n[0]",
		"docker mixed":                             mixed() + "[0]",
		"docker panic; echo $?":                    "before\nsh: docker: broke down: nothing there\n2\n[0]",
		"docker many | head -n 2":                  "again\nagain\n[0]",
		"set -o pipefail; docker many | head -n 1": "again\n[7]",
	} {
		t.Run(line, func(t *testing.T) {
			exit, out := run(t, insideShell(t), line)
			if diff := cmp.Diff(want, fmt.Sprintf("%s[%d]", out, exit)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInsideOrNot: what cannot run inside is a process, and the environment of the line is not this process's.
func TestInsideOrNot(t *testing.T) {
	t.Setenv("KIND", "own")
	if _, out := run(t, insideShell(t), "docker env KIND"); !strings.HasPrefix(out, "given in ") {
		t.Error(out)
	}
	for line, inside := range map[string]bool{"docker outside": false, "docker env": true, "kubectl env": false} {
		sh, asked := insideShell(t), false
		sh.inside = func(name string, args []string, std process.IO) Main {
			asked = true
			return pretendDocker(name, args, std)
		}
		main, _ := sh.main(strings.Fields(line), interp.HandlerContext{Env: expand.ListEnviron("A=b")})
		if (main != nil) != inside || !asked {
			t.Errorf("%s runs inside: %t, asked: %t", line, main != nil, asked)
		}
	}
}

// TestInsideCancelled stops commands that wait for what never comes, and one that does not listen.
func TestInsideCancelled(t *testing.T) {
	for name, main := range map[string]Main{
		"waits for ctx": func(ctx context.Context, _ []string, std process.IO) int {
			fmt.Fprintln(std.Err, "started")
			<-ctx.Done()
			return 1
		},
		"reads": func(_ context.Context, _ []string, std process.IO) int {
			fmt.Fprintln(std.Err, "started")
			_, _ = io.ReadAll(std.In)
			return 1
		},
		"writes": func(_ context.Context, _ []string, std process.IO) int {
			fmt.Fprintln(std.Err, "started")
			for {
				if _, err := std.Out.Write(make([]byte, 1<<16)); err != nil {
					return 1
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sh := newShell(t)
			sh.inside = func(name string, _ []string, _ process.IO) Main {
				if name == "docker" {
					return main
				}
				return nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &signalWriter{want: "started\n", seen: make(chan struct{})}
			go func() {
				<-out.seen
				cancel()
			}()
			if _, err := sh.Run(ctx, t.TempDir(), "sleep 60 | docker wait | sleep 60", nil, out, out); err != nil && err != context.Canceled {
				t.Errorf("error %v", err)
			}
			if ctx.Err() == nil {
				t.Error("it ended by itself")
			}
		})
	}
}

// TestGate: what is left behind does not write any more.
func TestGate(t *testing.T) {
	var out, errs bytes.Buffer
	g := &gate{}
	first, second := g.guard(&out, &errs)
	fmt.Fprint(first, "a")
	fmt.Fprint(second, "b")
	g.closed.Store(true)
	if _, err := first.Write([]byte("c")); err == nil || out.String() != "a" || errs.String() != "b" {
		t.Errorf("error %v, printed %q and %q", err, out.String(), errs.String())
	}
	if first, second := g.guard(&out, &out); first != second {
		t.Error("one stream became two")
	}
}
