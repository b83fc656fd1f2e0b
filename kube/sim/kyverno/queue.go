package kyverno

import (
	"context"
	"sync"
)

// queue runs tasks one after the other, in the order in which they came. A task that still waits under the same key is
// not added again.
type queue struct {
	yield func(ctx context.Context) // called before each task

	mu      sync.Mutex
	tasks   []task
	added   int // since it was made
	waiting map[string]bool
	busy    bool
	wake    chan struct{} // holds one token when there may be work
	idle    []chan struct{}
}

type task struct {
	key string // "" is never the same as another
	run func(ctx context.Context)
}

// newQueue returns an empty queue. yield is called before each task and may wait a little; nil does not.
func newQueue(yield func(ctx context.Context)) *queue {
	if yield == nil {
		yield = func(context.Context) {}
	}
	return &queue{yield: yield, waiting: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// add puts a task at the end unless one with the same key waits.
func (q *queue) add(key string, run func(ctx context.Context)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if key != "" {
		if q.waiting[key] {
			return
		}
		q.waiting[key] = true
	}
	q.tasks = append(q.tasks, task{key, run})
	q.added++
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// awaits says whether a task with that key waits.
func (q *queue) awaits(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting[key]
}

// pending says whether any task waits.
func (q *queue) pending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tasks) > 0
}

// run works until ctx ends. What waits then is not done.
func (q *queue) run(ctx context.Context) {
	for ctx.Err() == nil {
		if q.pending() {
			q.yield(ctx)
		}
		if next, ok := q.next(); ok {
			next.run(ctx)
			continue
		}
		select {
		case <-ctx.Done():
		case <-q.wake:
		}
	}
}

// next takes the first task; without one the queue is idle.
func (q *queue) next() (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.tasks) == 0 {
		q.busy = false
		for _, done := range q.idle {
			close(done)
		}
		q.idle = nil
		q.tasks, q.waiting = nil, map[string]bool{} // neither gives back by itself what it once needed
		return task{}, false
	}
	first := q.tasks[0]
	q.tasks[0] = task{} // what it was about must not stay as long as others wait
	q.tasks = q.tasks[1:]
	delete(q.waiting, first.key)
	q.busy = true
	return first, true
}

// drained returns a channel that is closed when nothing is left to do.
func (q *queue) drained() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	done := make(chan struct{})
	if len(q.tasks) == 0 && !q.busy {
		close(done)
	} else {
		q.idle = append(q.idle, done)
	}
	return done
}

// rest says whether nothing is left to do, and how many tasks there have been: while that number stays the same, nothing
// was done in between.
func (q *queue) rest() (empty bool, added int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tasks) == 0 && !q.busy, q.added
}
