package labs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// evidence is what the checks of a step judge by.
func (s *Session) evidence(step int) Evidence {
	e := Evidence{Answer: s.answer(step), View: s.view, Files: s.lab.Files}
	if of := s.lab.Steps[step]; of.Kind == Edit {
		e.File = of.File
		e.Files = overlay{FS: s.lab.Files, name: of.File, above: os.DirFS(s.Dir())}
	}
	return e
}

// overlay is files of which one is taken from elsewhere.
type overlay struct {
	fs.FS
	name  string
	above fs.FS
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name {
		return o.above.Open(name)
	}
	return o.FS.Open(name)
}

// Path is where the file that a step is about lies, for an editor; "" when it is about none. Who writes there goes
// around Save: what is there when the step is run counts all the same.
func (s *Session) Path(step int) string {
	of, err := s.step("find file of", step)
	if err != nil || of.File == "" {
		return ""
	}
	return filepath.Join(s.Dir(), filepath.FromSlash(of.File))
}

// Text is the file that a step is about as it is now, with the learner's changes.
func (s *Session) Text(step int) (string, error) {
	of, err := s.step("read file of", step)
	switch {
	case err != nil:
		return "", err
	case of.File == "":
		return "", fmt.Errorf("read file of step %s: it has none", of.ID)
	}
	text, err := os.ReadFile(s.Path(step))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", of.File, plain(err))
	}
	return string(text), nil
}

// Save writes the file of a step with something to edit. A crash leaves the old text or the new one.
func (s *Session) Save(step int, text string) error {
	of, err := s.editable("write", step)
	if err != nil {
		return err
	}
	if err := s.write(of, text); err != nil {
		return err
	}
	return s.kept().save(of.ID, draft, text)
}

// write puts a text where commands find it.
func (s *Session) write(of *Step, text string) error {
	target := filepath.Join(s.Dir(), filepath.FromSlash(of.File))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil { // a learner may remove what they like
		return fmt.Errorf("write %s: %w", of.File, plain(err))
	}
	if err := writeAtomic(target, []byte(text)); err != nil {
		return fmt.Errorf("write %s: %w", of.File, plain(err))
	}
	return nil
}

// Restore takes the file of a step with something to edit back to the last version that passed; when there is none, or
// it is there already, to what the lab began with.
func (s *Session) Restore(step int) error {
	of, err := s.editable("restore", step)
	if err != nil {
		return err
	}
	text, found, err := s.kept().load(of.ID, good)
	if err != nil {
		return err
	}
	if now, err := s.Text(step); !found || err == nil && now == text {
		original, err := fs.ReadFile(s.lab.Files, of.File)
		if err != nil {
			return fmt.Errorf("read %s: %w", of.File, plain(err))
		}
		text = string(original)
	}
	return s.Save(step, text)
}

// editable finds a step that has something to edit.
func (s *Session) editable(what string, step int) (*Step, error) {
	of, err := s.step(what+" file of", step)
	switch {
	case err != nil:
		return nil, err
	case of.Kind != Edit:
		return nil, fmt.Errorf("%s file of step %s: there is nothing to edit", what, of.ID)
	}
	return of, nil
}

// remember keeps what the learner wrote, wherever they wrote it, after the step was run.
func (s *Session) remember(of *Step, passed bool) error {
	if of.Kind != Edit {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(s.Dir(), filepath.FromSlash(of.File)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", of.File, plain(err))
	}
	if err := s.kept().save(of.ID, draft, string(text)); err != nil || !passed {
		return err
	}
	return s.kept().save(of.ID, good, string(text))
}

// plain is an error of a file without the file's path, which is a private one that tells a learner nothing.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
