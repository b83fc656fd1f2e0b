package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// wrappers are small scripts named like the commands that this program serves, so that programs which look in PATH
// (xargs, sh -c, env) find them too.
type wrappers struct {
	dir      string // "" for none
	self     string
	commands []string
	once     sync.Once
	err      error
}

// path puts the folder of the wrappers before a PATH. The first call writes them.
func (w *wrappers) path(before string) (string, error) {
	if w.dir == "" || runtime.GOOS == "windows" {
		return before, nil
	}
	w.once.Do(func() { w.err = w.write() })
	if w.err != nil {
		return "", fmt.Errorf("write wrappers of commands: %w", w.err)
	}
	if before == "" {
		return w.dir, nil
	}
	return w.dir + string(os.PathListSeparator) + before, nil
}

// write writes the scripts while no process is started: one that got hold of a script that is open would keep it from
// being run until it is a program of its own.
func (w *wrappers) write() error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	for _, name := range w.commands {
		script := fmt.Sprintf("#!/bin/sh\nexec %s %s \"$@\"\n", quote(w.self), name)
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(script), 0o700); err != nil { //nolint:gosec // it must be executable
			return err
		}
	}
	return nil
}

// quote makes one word of a text for sh.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
