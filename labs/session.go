package labs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"podsec/kube"
)

// Session is a learner at work on one lab. Its methods may be called from several goroutines, but only one of Reset,
// Enter, Run, Solve and Exec works at a time.
type Session struct {
	lab     *Lab
	cluster Cluster
	shell   Runner
	view    *View
	applier applier
	root    string // private folder: the working folder, and what commands remember
	keep    string // folder for what the learner writes; "" is one below root
	working sync.Mutex

	wait     time.Duration // how long checks wait where the cluster does not say itself; 0 is defaultPatience
	progress *Progress     // where steps note what they took; nil is nowhere

	mu      sync.Mutex
	answers map[int]Answer
	failed  map[int]int // how often each step failed in a row
	typed   Answer      // of the learner's own last command line
	console Console     // where those run; nil before the first
}

// Option is a choice that Open leaves to its caller.
type Option func(*Session)

// KeepIn has what the learner writes in steps with something to edit kept in a folder, which is made when it is needed
// and outlives the session: the last version that passed, and the one being written.
func KeepIn(dir string) Option { return func(s *Session) { s.keep = dir } }

// Wait has the checks of steps wait so long for a cluster that is not Patient. Who runs labs for their result waits
// longer than a learner would.
func Wait(d time.Duration) Option { return func(s *Session) { s.wait = d } }

// Open starts a lab: it resets the cluster to the lab's baseline and copies the lab's files to a private folder, where
// commands run. Close the session when done.
func Open(ctx context.Context, lab *Lab, cluster Cluster, sh Runner, options ...Option) (*Session, error) {
	view, err := NewView(cluster.Config())
	if err != nil {
		return nil, err
	}
	applier, err := kube.NewApplier(cluster.Config())
	if err != nil {
		return nil, err
	}
	s := &Session{lab: lab, cluster: cluster, shell: sh, view: view, applier: applier}
	for _, option := range options {
		option(s)
	}
	return open(ctx, s)
}

func open(ctx context.Context, s *Session) (*Session, error) {
	if err := fits(s.cluster, s.lab.Start); err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "podsec-")
	if err != nil {
		return nil, fmt.Errorf("make private folder: %w", err)
	}
	s.root = root
	s.working.Lock()
	defer s.working.Unlock()
	if err := s.reset(ctx); err != nil {
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

// environment tells commands where the cluster is.
func (s *Session) environment() []string {
	return []string{
		"KUBECONFIG=" + s.cluster.Kubeconfig(), "KUBECACHEDIR=" + s.cache(), "HELM_CONFIG_HOME=" + s.helm(),
	}
}

// step finds a step; what says what was to be done with it.
func (s *Session) step(what string, step int) (*Step, error) {
	if step < 0 || step >= len(s.lab.Steps) {
		return nil, fmt.Errorf("%s step %d: the lab has %d steps", what, step, len(s.lab.Steps))
	}
	return &s.lab.Steps[step], nil
}

// Close removes the lab's files. The cluster stays as it is.
func (s *Session) Close() error {
	if err := os.RemoveAll(s.root); err != nil {
		return fmt.Errorf("remove private folder: %w", err)
	}
	return nil
}
