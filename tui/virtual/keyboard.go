package virtual

import (
	"bytes"
	"io"
	"sync"
)

// keyboard keeps what a terminal sends until it is read. Who sends never waits: a program that has ended reads nothing
// any more, and one that draws may ask the terminal something before it reads again.
type keyboard struct {
	mu     sync.Mutex
	more   *sync.Cond
	sent   bytes.Buffer
	closed bool
}

func newKeyboard() *keyboard {
	k := &keyboard{}
	k.more = sync.NewCond(&k.mu)
	return k
}

// Write keeps p, and forgets it once nobody reads any more. It never fails.
func (k *keyboard) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.sent.Write(p)
		k.more.Signal()
	}
	return len(p), nil
}

// Read waits for something that was sent. After close it gives what is left, and then io.EOF.
func (k *keyboard) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.sent.Len() == 0 && !k.closed {
		k.more.Wait()
	}
	if k.sent.Len() == 0 {
		return 0, io.EOF
	}
	return k.sent.Read(p) //nolint:wrapcheck // it cannot fail here
}

// close wakes those who read.
func (k *keyboard) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.more.Broadcast()
}
