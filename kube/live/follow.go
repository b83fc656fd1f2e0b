package live

import (
	"context"
	"sync"
)

// followed are the requests of who follows the cluster. A cluster lets watches go on whose credentials it does not accept
// any more; they are ended here, so that who follows it asks again, and learns what every other request is told.
type followed struct {
	mu    sync.Mutex
	all   context.Context
	endIt context.CancelFunc
}

// with returns a context that ends with ctx, and when the requests are ended; release has to be called after it.
func (f *followed) with(ctx context.Context) (ended context.Context, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all, f.endIt = context.WithCancel(context.Background())
	}
	ended, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(f.all, cancel)
	return ended, func() { stop(); cancel() }
}

// end ends the requests that there are now.
func (f *followed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all != nil {
		f.endIt()
		f.all = nil
	}
}
