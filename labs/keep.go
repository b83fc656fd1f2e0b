package labs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keeper is a folder that keeps what a learner writes: for each step with something to edit, the version being written
// and the last one that passed.
type keeper struct{ dir string }

// version says which of them.
type version string

const (
	draft version = "draft"
	good  version = "passed"
)

func (s *Session) kept() keeper {
	if s.keep != "" {
		return keeper{s.keep}
	}
	return keeper{filepath.Join(s.root, "kept")}
}

func (k keeper) path(step string, v version) string { return filepath.Join(k.dir, step, string(v)) }

// load gives what is kept of a step; found is false when nothing is.
func (k keeper) load(step string, v version) (text string, found bool, err error) {
	data, err := os.ReadFile(k.path(step, v))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read what was written in %s: %w", step, err)
	}
	return string(data), true, nil
}

// save keeps a text of a step.
func (k keeper) save(step string, v version, text string) error {
	if err := os.MkdirAll(filepath.Dir(k.path(step, v)), 0o700); err != nil {
		return fmt.Errorf("keep what was written in %s: %w", step, err)
	}
	if err := writeAtomic(k.path(step, v), []byte(text)); err != nil {
		return fmt.Errorf("keep what was written in %s: %w", step, err)
	}
	return nil
}

// forgetDrafts gives up what was being written; what passed stays.
func (k keeper) forgetDrafts() error {
	drafts, err := filepath.Glob(filepath.Join(k.dir, "*", string(draft)))
	if err != nil {
		return fmt.Errorf("look for drafts: %w", err)
	}
	for _, name := range drafts {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove draft: %w", err)
		}
	}
	return nil
}
