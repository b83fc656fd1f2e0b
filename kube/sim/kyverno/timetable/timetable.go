// Package timetable does things at times of a cluster's clock: what policies with a schedule do, and what failed again.
package timetable

import (
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Queue takes tasks and runs them one after the other; of several with one key that wait, one is kept.
type Queue func(key string, run func(context.Context))

// Timetable hands tasks to a queue when their time has come. Each key has at most one time; without any, nothing is
// waiting and nothing runs. It is safe for concurrent use.
type Timetable struct {
	clock clock.WithDelayedExecution
	queue Queue

	mu     sync.Mutex
	timers map[string]*entry
	tries  map[string]int
	closed bool
}

// New returns an empty timetable. Neither the clock nor the queue may call it while they are called.
func New(c clock.WithDelayedExecution, queue Queue) *Timetable {
	return &Timetable{clock: c, queue: queue, timers: map[string]*entry{}, tries: map[string]int{}}
}

// At runs a task when the clock shows a time, or soon if it shows a later one. It takes the place of what was to be done
// under the key.
func (t *Timetable) At(key string, when time.Time, run func(context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop(key)
	if t.closed {
		return
	}
	delay := when.Sub(t.clock.Now())
	if delay <= 0 {
		t.queue(key, run)
		return
	}
	entry := &entry{}
	t.timers[key] = entry
	entry.Timer = t.clock.AfterFunc(delay, func() {
		t.queue(key, func(ctx context.Context) {
			t.strike(key, entry)
			run(ctx)
		})
	})
}

// entry is the time of a key.
type entry struct{ clock.Timer }

// strike removes an entry whose time has come, unless another took its place.
func (t *Timetable) strike(key string, passed *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timers[key] == passed {
		delete(t.timers, key)
	}
}

// The delays of retries are those of client-go's default rate limiter; how many there are, Kyverno's controllers say.
const (
	firstDelay = 5 * time.Millisecond
	maxRetries = 10
)

// Retry runs a task again that failed, each time after twice the delay, and the first time after 5 ms. After ten times
// it gives up, says so by false, and begins anew with the next failure.
func (t *Timetable) Retry(key string, run func(context.Context)) bool {
	t.mu.Lock()
	tries := t.tries[key]
	t.tries[key]++
	t.mu.Unlock()
	if tries >= maxRetries {
		t.Forget(key)
		return false
	}
	t.At(key, t.clock.Now().Add(firstDelay<<tries), run)
	return true
}

// Forget begins to count the failures of a task anew: it was done.
func (t *Timetable) Forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

// Cancel strikes what was to be done under a key. What the queue has is done all the same.
func (t *Timetable) Cancel(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop(key)
	delete(t.tries, key)
}

// Close strikes everything, and takes nothing any more.
func (t *Timetable) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for key := range t.timers {
		t.stop(key)
	}
}

// stop ends the timer of a key. The caller holds the lock.
func (t *Timetable) stop(key string) {
	if timer, ok := t.timers[key]; ok {
		timer.Stop()
		delete(t.timers, key)
	}
}
