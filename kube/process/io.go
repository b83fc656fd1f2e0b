package process

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// IO is what a command is given besides its arguments.
type IO struct {
	Dir string   // of relative file names; "" is that of the process
	Env []string // "KEY=value"; of several the last one counts
	In  io.Reader
	Out io.Writer
	Err io.Writer

	own bool
}

// Own is what this process itself was given.
func Own() IO {
	return IO{Env: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, own: true}
}

// IsOwn says whether folder and environment are those of this process, so that what looks there finds the same.
func (c IO) IsOwn() bool { return c.own }

// Lookup returns a variable of the environment, and whether it is there.
func (c IO) Lookup(name string) (string, bool) {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(c.Env[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// Getenv returns a variable of the environment, "" when it is not there.
func (c IO) Getenv(name string) string {
	value, _ := c.Lookup(name)
	return value
}

// Path is a file name that leads to the same file from anywhere.
func (c IO) Path(name string) string {
	if c.Dir == "" || name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// ReadFile reads a file. Its errors name the file as the command does, and so do those of WriteFile.
func (c IO) ReadFile(name string) ([]byte, error) {
	data, err := os.ReadFile(c.Path(name))
	return data, called(name, err)
}

// WriteFile writes a file; perm is what a new one gets.
func (c IO) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return called(name, os.WriteFile(c.Path(name), data, perm))
}

// Exists says whether there is a file.
func (c IO) Exists(name string) (bool, error) {
	_, err := os.Stat(c.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, called(name, err)
}

// called puts the name that was asked for into an error about a file.
func called(name string, err error) error {
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return &fs.PathError{Op: failed.Op, Path: name, Err: failed.Err}
	}
	return err
}
