package apiserver

import (
	"context"
	"sync"
	"time"
)

// patience is how long controllers let clients go first at most: under a load that never ends they must get on, too.
const patience = 50 * time.Millisecond

// quiet is how long no client may have asked for anything after several did at the same time: such a load goes on. One
// that asks for one thing after the other sees what followed from the last, as on a real cluster.
const quiet = 2 * time.Millisecond

// precedence counts the requests that clients wait for.
type precedence struct {
	mu      sync.Mutex
	waiting int
	// free is closed when nobody waits any more; nil while nobody does.
	free chan struct{}
	// last is when the latest request ended, and crowd says that others were under way at the same time.
	last  time.Time
	crowd bool
}

// begin notes a request; what it returns notes its end.
func (p *precedence) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting++; p.waiting == 1 {
		p.free = make(chan struct{})
	}
	p.crowd = p.waiting > 1
	return p.end
}

func (p *precedence) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	if p.waiting--; p.waiting == 0 {
		close(p.free)
		p.free = nil
	}
}

// busy returns what ends the wait for clients: the channel that closes with the last request, or, when none is under
// way, how long it still has to stay like that. Nil and zero is no need to wait.
func (p *precedence) busy() (free <-chan struct{}, rest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free != nil {
		return p.free, 0
	}
	if !p.crowd {
		return nil, 0
	}
	return nil, max(quiet-time.Since(p.last), 0)
}

// Yield returns when no client waits for an answer and none of several has got one just now, when ctx ends, or after some
// milliseconds. Controllers call it before each step: all that a cluster does after a request shares the machine with
// the requests, and those have somebody who waits. Watches, which never end, do not count.
func (s *Server) Yield(ctx context.Context) {
	end := time.Now().Add(patience)
	for {
		free, rest := s.clients.busy()
		left := time.Until(end)
		switch {
		case free != nil:
			rest = left
		case rest == 0:
			return
		}
		if left <= 0 || !pause(ctx, free, min(rest, left)) {
			return
		}
	}
}

// pause returns when free closes or the time is up, and false when ctx ends.
func pause(ctx context.Context, free <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-free:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}
