package kyverno

import (
	"context"
	"slices"
)

// maxWaiting is how many requests wait for a background controller; more are lost (Kyverno's updateRequestThreshold, the
// number of UpdateRequests that there may be).
const maxWaiting = 1000

// lateTries is how often the requests that waited are still looked for, all of them together: they were decided long ago.
const lateTries = 50

// await keeps a request until there is a background controller. Like everything that is done with what waits it runs in the
// background queue, so that none is added after the others were taken.
func (k *Kyverno) await(t *trigger) {
	if len(k.waiting) < maxWaiting {
		k.waiting = append(k.waiting, t)
	}
}

// resume makes up for what waited, by the policies as they are now.
func (k *Kyverno) resume(ctx context.Context) {
	waited := k.waiting
	k.waiting = nil
	tries := 2 + lateTries/max(len(waited), 1)
	for _, t := range waited {
		for i, p := range t.policies {
			t.policies[i] = k.policies.get(p.Key())
		}
		t.policies = slices.DeleteFunc(t.policies, func(p *policy) bool { return p == nil })
		t.tries = max(t.tries, maxTries-tries)
		k.act(ctx, t)
	}
}

// abandon forgets what waits: the definition of UpdateRequests is gone.
func (k *Kyverno) abandon(context.Context) { k.waiting = nil }
