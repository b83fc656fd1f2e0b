package shell

import (
	"io"
	"sync"
)

// output makes a writer that all commands of a line may use at the same time, as those of a pipeline do.
type output struct {
	mu sync.Mutex
	to io.Writer
}

// Write passes p on as a whole.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.to.Write(p)
}

// outputs wraps both streams of a line. One writer for both stays one: commands then get one pipe for both, which keeps
// the order in which they write.
func outputs(stdout, stderr io.Writer) (out, err io.Writer) {
	first := &output{to: stdout}
	if stdout == stderr {
		return first, first
	}
	return first, &output{to: stderr}
}
