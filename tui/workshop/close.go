package workshop

import (
	"context"
	"errors"
	"sync"
)

// atClose collects what to close at the end. The cluster starts beside the app, so it may come up after the learner has
// left already.
type atClose struct {
	mu     sync.Mutex
	closed bool
	calls  []func() error
}

// add has call made by close, or makes it at once when close was there before.
func (a *atClose) add(call func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return errors.Join(context.Canceled, call())
	}
	a.calls = append(a.calls, call)
	return nil
}

func (a *atClose) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	var errs []error
	for _, call := range a.calls {
		errs = append(errs, call())
	}
	return errors.Join(errs...)
}
