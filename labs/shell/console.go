package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"podsec/labs"
)

// Console implements labs.Consoler: its lines share their folder, which is dir at first, their variables and functions.
func (s *Shell) Console(dir string, env []string) (labs.Console, error) { return s.console(dir, env) }

// console is a shell with a state. One line runs at a time.
type console struct {
	runner *interp.Runner
	jobs   *jobs
	dir    atomic.Value // a string: who asks for it need not wait for the line that runs
}

func (s *Shell) console(dir string, env []string) (*console, error) {
	environ := slices.Concat(s.environ, env)
	path, err := s.wrappers.path(expand.ListEnviron(environ...).Get("PATH").String())
	if err != nil {
		return nil, err
	}
	jobs := &jobs{shell: s}
	runner, err := interp.New(
		interp.Dir(dir),
		interp.Env(expand.ListEnviron(append(environ, "PATH="+path)...)),
		interp.ExecHandlers(jobs.handler),
	)
	if err != nil {
		return nil, fmt.Errorf("start shell: %w", err)
	}
	c := &console{runner: runner, jobs: jobs}
	c.dir.Store(runner.Dir)
	return c, nil
}

// Dir is the folder where the next line starts.
func (c *console) Dir() string {
	dir, _ := c.dir.Load().(string)
	return dir
}

// Run runs a line, or several, as Shell.Run does.
func (c *console) Run(ctx context.Context, line string, stdout, stderr io.Writer) (exit int, err error) {
	out, errs := outputs(stdout, stderr)
	defer errs.end()
	defer out.end()
	program, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil {
		fmt.Fprintf(errs, "sh: %v\n", err)
		return 2, nil
	}
	if err := interp.StdIO(nil, out, errs)(c.runner); err != nil {
		return 1, fmt.Errorf("start shell: %w", err)
	}
	inner, cancel := context.WithCancel(ctx)
	err = c.runner.Run(inner, program)
	c.dir.Store(c.runner.Dir)
	c.jobs.end(cancel)
	var status interp.ExitStatus
	switch {
	case ctx.Err() != nil:
		return statusCancelled, ctx.Err()
	case errors.As(err, &status):
		return int(status), nil
	case err != nil:
		return 1, fmt.Errorf("run line: %w", err)
	}
	return 0, nil
}
