package labs

import (
	"bytes"
	"io"
	"sync"
)

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
