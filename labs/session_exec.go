package labs

import (
	"context"
	"fmt"
	"io"
)

// Console runs the learner's own lines one after the other. Each finds the folder, the variables and the functions that
// the ones before left.
type Console interface {
	// Run runs a line as Runner.Run does.
	Run(ctx context.Context, line string, stdout, stderr io.Writer) (exit int, err error)
	// Dir is the folder where the next line starts.
	Dir() string
}

// Consoler is a Runner that has Consoles; with one that has not, each of the learner's lines stands for itself.
type Consoler interface {
	Console(dir string, env []string) (Console, error)
}

// Exec runs the learner's own command line. exit is its exit status; the error is ctx's when it ended, or says why the
// line could not be run. Check then judges a step by it that has a goal.
func (s *Session) Exec(ctx context.Context, line string, out io.Writer) (exit int, err error) {
	s.working.Lock()
	defer s.working.Unlock()
	return s.exec(ctx, line, out)
}

// exec is Exec for who holds the lock.
func (s *Session) exec(ctx context.Context, line string, out io.Writer) (int, error) {
	console, err := s.open()
	if err != nil {
		return 1, err
	}
	record := &recorder{to: out}
	exit, err := console.Run(ctx, line, record, record)
	if err != nil {
		return exit, fmt.Errorf("run line: %w", err)
	}
	s.mu.Lock()
	s.typed = ParseAnswer(exit, record.String())
	s.mu.Unlock()
	return exit, nil
}

// Cwd is the folder where the learner's next line starts.
func (s *Session) Cwd() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.console == nil {
		return s.Dir()
	}
	return s.console.Dir()
}

// open gives the console for the learner's lines.
func (s *Session) open() (Console, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.console != nil {
		return s.console, nil
	}
	var err error
	if shell, ok := s.shell.(Consoler); ok {
		s.console, err = shell.Console(s.Dir(), s.environment())
		return s.console, err
	}
	s.console = forgetful{shell: s.shell, dir: s.Dir(), env: s.environment()}
	return s.console, nil
}

// forgetful is a Console that keeps nothing between lines.
type forgetful struct {
	shell Runner
	dir   string
	env   []string
}

func (f forgetful) Run(ctx context.Context, line string, stdout, stderr io.Writer) (int, error) {
	return f.shell.Run(ctx, f.dir, line, f.env, stdout, stderr)
}

func (f forgetful) Dir() string { return f.dir }
