package shell

import (
	"io"
	"os"
	"sync"
)

// output makes a writer that all commands of a line may use at the same time, as those of a pipeline do. What a line
// left in the background may still hold it when the line has ended; nothing is written then.
type output struct {
	mu    sync.Mutex
	to    io.Writer
	ended bool
}

// Write passes p on as a whole.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return 0, os.ErrClosed
	}
	return o.to.Write(p)
}

// end waits for a write that goes on and refuses those that follow.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
}

// outputs wraps both streams of a line. One writer for both stays one: commands then get one pipe for both, which keeps
// the order in which they write.
func outputs(stdout, stderr io.Writer) (out, err *output) {
	first := &output{to: stdout}
	if stdout == stderr {
		return first, first
	}
	return first, &output{to: stderr}
}
