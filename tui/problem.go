package tui

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	"podsec/tui/text"
)

// Explained is what an error of using the cluster means for the learner, and what to do about it, "" when nothing is known. c
// may be nil, before the cluster is up.
func (c *Cluster) Explained(err error) (message, hint string) {
	if c != nil && c.Explain != nil {
		err = c.Explain(err)
	}
	return explain(err)
}

// hinter is an error that knows what to do about it.
type hinter interface{ Hint() string }

// explain turns an error into a message and a hint for the learner: the only place where that is done.
func explain(err error) (message, hint string) {
	var own hinter
	var netErr net.Error
	switch {
	case errors.As(err, &own):
		return text.Line(err.Error()), text.Line(own.Hint())
	case errors.Is(err, context.Canceled):
		return "stopped", ""
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "no answer in time", "The cluster may be busy or out of reach: try again. " + text.Line(err.Error())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return "the cluster does not answer", "Is it still running? " + text.Line(err.Error())
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full", text.Line(err.Error())
	case errors.Is(err, fs.ErrPermission), errors.Is(err, os.ErrPermission):
		return "permission denied", "Check who owns the file: " + text.Line(err.Error())
	}
	return text.Line(err.Error()), ""
}
