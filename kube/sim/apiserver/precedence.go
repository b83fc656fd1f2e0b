package apiserver

import (
	"context"
	"sync"
	"time"
)

// patience is how long controllers let clients go first at most: under a load that never ends they must get on, too.
const patience = 10 * time.Millisecond

// precedence counts the requests that clients wait for.
type precedence struct {
	mu      sync.Mutex
	waiting int
	// free is closed when nobody waits any more; nil while nobody does.
	free chan struct{}
}

// begin notes a request; what it returns notes its end.
func (p *precedence) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting++; p.waiting == 1 {
		p.free = make(chan struct{})
	}
	return p.end
}

func (p *precedence) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting--; p.waiting == 0 {
		close(p.free)
		p.free = nil
	}
}

// Yield returns when no client waits for an answer, when ctx ends, or after some milliseconds. Controllers call it before
// each step: all that a cluster does after a request shares the machine with the requests, and those have somebody who
// waits. Watches, which never end, do not count.
func (s *Server) Yield(ctx context.Context) {
	s.clients.mu.Lock()
	free := s.clients.free
	s.clients.mu.Unlock()
	if free == nil {
		return
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-free:
	case <-limit.C:
	case <-ctx.Done():
	}
}
