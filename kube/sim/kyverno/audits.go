package kyverno

import (
	"context"
	"time"
)

const (
	// maxAudits is how many admitted requests may wait until reports and events tell of them, Kyverno's --maxAuditCapacity.
	// Each holds its object as maps, some forty kilobytes for a Pod: ten thousand would take more than all the rest of a
	// cluster.
	maxAudits = 1000
	// auditPatience is how long a request waits for one of them at most: one that is made by who tells of them would else
	// wait for itself.
	auditPatience = time.Second
)

// audits has a place for each request that waits to be told of.
type audits chan struct{}

// crowded says that requests will soon wait for a place, so that who makes room must not wait for them.
func (a audits) crowded() bool { return 2*len(a) >= cap(a) }

// enter waits for a place, and returns what gives it back.
func (a audits) enter(ctx context.Context) (leave func()) {
	late := time.NewTimer(auditPatience)
	defer late.Stop()
	select {
	case a <- struct{}{}:
		return func() { <-a }
	case <-late.C:
	case <-ctx.Done():
	}
	return func() {}
}

// tell does, beside the request, what follows from its results.
func (k *Kyverno) tell(ctx context.Context, run func(ctx context.Context)) {
	leave := k.audits.enter(ctx)
	k.work.add("", func(ctx context.Context) {
		defer leave()
		run(ctx)
	})
}

// giveWay lets clients go first, unless so much waits that these would wait in turn.
func (a audits) giveWay(yield func(context.Context)) func(context.Context) {
	if yield == nil {
		return nil
	}
	return func(ctx context.Context) {
		if !a.crowded() {
			yield(ctx)
		}
	}
}
