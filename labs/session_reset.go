package labs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Reset brings cluster and files back to the start of the lab. What the learner was writing is given up, but for the
// versions that passed.
func (s *Session) Reset(ctx context.Context) error {
	s.working.Lock()
	defer s.working.Unlock()
	if err := s.kept().forgetDrafts(); err != nil {
		return err
	}
	return s.reset(ctx)
}

// reset is Reset for who holds the lock; drafts are kept.
func (s *Session) reset(ctx context.Context) error {
	s.mu.Lock()
	s.answers, s.failed, s.typed, s.console = map[int]Answer{}, map[int]int{}, Answer{}, nil
	s.mu.Unlock()
	if err := s.copyFiles(); err != nil {
		return err
	}
	ready := s.warm(ctx)
	defer func() { <-ready }()
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
