package labs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"podsec/kube"
)

// Session is a learner at work on one lab. Its methods may be called from several goroutines, but only one of Reset
// and Run works at a time.
type Session struct {
	lab     *Lab
	cluster Cluster
	shell   Runner
	view    *View
	applier applier
	root    string // private folder: the working folder, and what commands remember
	working sync.Mutex

	mu      sync.Mutex
	answers map[int]Answer
	failed  map[int]int // how often each step failed in a row
}

// Open starts a lab: it resets the cluster to the lab's baseline and copies the lab's files to a private folder, where
// commands run. Close the session when done.
func Open(ctx context.Context, lab *Lab, cluster Cluster, sh Runner) (*Session, error) {
	view, err := NewView(cluster.Config())
	if err != nil {
		return nil, err
	}
	applier, err := kube.NewApplier(cluster.Config())
	if err != nil {
		return nil, err
	}
	return open(ctx, &Session{lab: lab, cluster: cluster, shell: sh, view: view, applier: applier})
}

func open(ctx context.Context, s *Session) (*Session, error) {
	root, err := os.MkdirTemp("", "podsec-")
	if err != nil {
		return nil, fmt.Errorf("make private folder: %w", err)
	}
	s.root = root
	if err := s.Reset(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Lab is the lab that the session is about.
func (s *Session) Lab() *Lab { return s.lab }

// Dir is the folder where commands run; it holds the lab's files.
func (s *Session) Dir() string { return filepath.Join(s.root, s.lab.ID) }

// cache is where kubectl remembers the kinds that the cluster serves.
func (s *Session) cache() string { return filepath.Join(s.root, "kube-cache") }

// helm is where helm remembers its repositories.
func (s *Session) helm() string { return filepath.Join(s.root, "helm") }

// Close removes the lab's files. The cluster stays as it is.
func (s *Session) Close() error {
	if err := os.RemoveAll(s.root); err != nil {
		return fmt.Errorf("remove private folder: %w", err)
	}
	return nil
}

// Reset brings cluster and files back to the start of the lab.
func (s *Session) Reset(ctx context.Context) error {
	s.working.Lock()
	defer s.working.Unlock()
	s.mu.Lock()
	s.answers, s.failed = map[int]Answer{}, map[int]int{}
	s.mu.Unlock()
	if err := s.copyFiles(); err != nil {
		return err
	}
	if err := s.cluster.Reset(ctx, s.lab.Start); err != nil {
		return fmt.Errorf("reset cluster: %w", err)
	}
	s.view.mapper.Reset()
	for _, name := range s.lab.Start.Apply {
		if err := s.apply(ctx, name); err != nil {
			return fmt.Errorf("apply %s: %w", name, err)
		}
	}
	return nil
}

// copyFiles writes the lab's files to an empty working folder, so that a learner may change them, and forgets what
// kubectl and helm remember: after a reset the cluster may serve other kinds, and no repository has been added.
func (s *Session) copyFiles() error {
	for _, dir := range []string{s.Dir(), s.cache(), s.helm()} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("empty private folder: %w", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make private folder: %w", err)
		}
	}
	return fs.WalkDir(s.lab.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read files of lab: %w", err)
		case name == "." || name == labFile:
			return nil
		}
		return s.copyFile(name, entry)
	})
}

func (s *Session) copyFile(name string, entry fs.DirEntry) error {
	target := filepath.Join(s.Dir(), filepath.FromSlash(name))
	if entry.IsDir() {
		return os.MkdirAll(target, 0o700)
	}
	data, err := fs.ReadFile(s.lab.Files, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", path.Base(name), err)
	}
	return os.WriteFile(target, data, 0o600)
}

// Run runs a step's command and then its checks. The command's output goes to out as it comes. A reading step has only
// its checks. The error is ctx's when it ended, or says why the command could not be run; a command that fails and a
// check that does not hold are Outcomes.
func (s *Session) Run(ctx context.Context, step int, out io.Writer) (Outcome, error) {
	if step < 0 || step >= len(s.lab.Steps) {
		return Outcome{}, fmt.Errorf("run step %d: the lab has %d steps", step, len(s.lab.Steps))
	}
	s.working.Lock()
	defer s.working.Unlock()
	var answer Answer
	if line := s.lab.Steps[step].Command; line != "" {
		record := &recorder{to: out}
		exit, err := s.shell.Run(ctx, s.Dir(), line, s.environment(), record, record)
		if err != nil {
			return Outcome{Exit: exit}, fmt.Errorf("run %s: %w", s.lab.Steps[step].ID, err)
		}
		answer = ParseAnswer(exit, record.String())
	}
	s.mu.Lock()
	s.answers[step] = answer
	s.mu.Unlock()
	results, err := s.Check(ctx, step)
	return s.outcome(step, answer.Exit, results), err
}

// environment tells commands where the cluster is.
func (s *Session) environment() []string {
	return []string{
		"KUBECONFIG=" + s.cluster.Kubeconfig(), "KUBECACHEDIR=" + s.cache(), "HELM_CONFIG_HOME=" + s.helm(),
	}
}

// outcome sums up a step and moves up its ladder of hints.
func (s *Session) outcome(step, exit int, results []CheckResult) Outcome {
	o := Outcome{Exit: exit, Passed: true, Checks: results}
	for _, result := range results {
		o.Passed = o.Passed && result.OK
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Passed {
		s.failed[step] = 0
		return o
	}
	if hints := s.lab.Steps[step].Hints; len(hints) > 0 {
		o.Hint = hints[min(s.failed[step], len(hints)-1)]
	}
	s.failed[step]++
	return o
}

// Check judges a step's checks again, by the last answer of its command and by the cluster as it is now. It waits for
// the cluster as long as its patience lasts. The error is ctx's, when it ended before.
func (s *Session) Check(ctx context.Context, step int) ([]CheckResult, error) {
	if step < 0 || step >= len(s.lab.Steps) {
		return nil, fmt.Errorf("check step %d: the lab has %d steps", step, len(s.lab.Steps))
	}
	s.mu.Lock()
	evidence := s.evidence(step, s.answers[step])
	s.mu.Unlock()
	checks := s.lab.Steps[step].Checks
	results := make([]CheckResult, len(checks))
	wait := s.patience()
	for i, check := range checks { // what the command answered is known already
		if instant(check) {
			if results[i] = judge(ctx, check, evidence); !results[i].OK {
				wait = min(wait, shortPatience)
			}
		}
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var all sync.WaitGroup
	for i, check := range checks {
		if !instant(check) {
			all.Go(func() { results[i] = judge(limited, check, evidence) })
		}
	}
	all.Wait()
	return results, ctx.Err()
}

func (s *Session) patience() time.Duration {
	if p, ok := s.cluster.(Patient); ok {
		return p.Patience()
	}
	return defaultPatience
}

// judge makes a result of a check.
func judge(ctx context.Context, check Check, e Evidence) CheckResult {
	missing, err := check.Judge(ctx, e)
	if err != nil {
		missing = "it could not be checked: " + err.Error()
	}
	return CheckResult{OK: missing == "", Title: check.Title(), Missing: printable(missing)}
}

// printable replaces control characters: what is missing may quote an object of the cluster, and is shown on a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// recorder passes on what a command prints and keeps it. Standard output and standard error share one, so that their
// order is kept.
type recorder struct {
	mu   sync.Mutex
	to   io.Writer
	text bytes.Buffer
}

// maxRecord is how much of a command's output is looked at by checks; more is only shown.
const maxRecord = 4 << 20

// Write keeps the output even when it cannot be shown.
func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if room := maxRecord - r.text.Len(); room > 0 {
		r.text.Write(p[:min(room, len(p))])
	}
	if r.to == nil {
		return len(p), nil
	}
	return r.to.Write(p)
}

// String is what was kept.
func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
