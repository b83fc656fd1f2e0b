package kyverno

import (
	"context"
	"slices"
	"testing"
)

func TestQueueOrderAndKeys(t *testing.T) {
	q := newQueue(nil)
	var done []string
	note := func(name string) func(context.Context) {
		return func(context.Context) { done = append(done, name) }
	}
	q.add("a", note("a"))
	q.add("", note("one"))
	q.add("a", note("never"))
	q.add("", note("two"))
	q.add("b", func(context.Context) {
		done = append(done, "b")
		q.add("b", note("b again"))
	})
	ctx, stop := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		q.run(ctx)
	}()
	<-q.drained()
	stop()
	<-finished
	if want := []string{"a", "one", "two", "b", "b again"}; !slices.Equal(done, want) {
		t.Errorf("the queue did %v, want %v", done, want)
	}
}

// TestQueueEnds: what waits when ctx ends is not begun.
func TestQueueEnds(t *testing.T) {
	q := newQueue(nil)
	ctx, stop := context.WithCancel(t.Context())
	q.add("", func(context.Context) { stop() })
	q.add("", func(context.Context) { t.Error("a task was begun after the end") })
	q.run(ctx)
	if empty, added := q.rest(); empty || added != 2 {
		t.Errorf("empty is %v after %d tasks", empty, added)
	}
}

func TestQueueDrainedWhenEmpty(t *testing.T) {
	select {
	case <-newQueue(nil).drained():
	default:
		t.Error("an empty queue is not drained")
	}
}

// TestQueueLetsGo: a task that was taken, and the objects that it is about, are not held while others wait, nor the room
// that many took once there are none.
func TestQueueLetsGo(t *testing.T) {
	q := newQueue(nil)
	for range 2 {
		q.add("", func(context.Context) {})
	}
	waiting := q.tasks
	if _, ok := q.next(); !ok || waiting[0].run != nil || waiting[1].run == nil {
		t.Error("a task that was taken is held")
	}
	q.next()
	if _, ok := q.next(); ok || q.tasks != nil {
		t.Error("the room of tasks is held")
	}
}
