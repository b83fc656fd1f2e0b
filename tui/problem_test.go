package tui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

type adviser struct{ error }

func (adviser) Hint() string { return "do\x1b[2J this" }

type slow struct{ error }

func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err           error
		message, hint string // the hint begins so
	}{
		{errors.New("plain"), "plain", ""},
		{errors.New("two\nlines \x1b[31mred"), "two lines red", ""},
		{fmt.Errorf("open: %w", adviser{errors.New("bad file")}), "open: bad file", "do this"},
		{fmt.Errorf("run: %w", context.Canceled), "stopped", ""},
		{fmt.Errorf("get pods: %w", context.DeadlineExceeded), "no answer in time", "The cluster may be busy"},
		{fmt.Errorf("get pods: %w", slow{errors.New("i/o")}), "no answer in time", "The cluster may be busy"},
		{fmt.Errorf("dial: %w", syscall.ECONNREFUSED), "the cluster does not answer", "Is it still running?"},
		{fmt.Errorf("read: %w", syscall.ECONNRESET), "the cluster does not answer", "Is it still running?"},
		{fmt.Errorf("write: %w", syscall.ENOSPC), "the disk is full", "write: no space left"},
		{fmt.Errorf("write: %w", fs.ErrPermission), "permission denied", "Check who owns the file"},
		{&fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}, "permission denied", "Check who owns the file: open /x"},
	} {
		message, hint := explain(tt.err)
		if message != tt.message || !strings.HasPrefix(hint, tt.hint) || tt.hint == "" && hint != "" {
			t.Errorf("explain(%v) = %q, %q; want %q, %q…", tt.err, message, hint, tt.message, tt.hint)
		}
	}
}
