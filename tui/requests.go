package tui

import (
	"context"
)

// requests numbers what is under way. One thing at a time runs on a session; the connection to the cluster and its
// states have numbers of their own.
type requests struct {
	last    int
	work    *work
	conn    int
	watched int
	// tail is closed when the last call on a session returned: the next one waits for it.
	tail <-chan struct{}
}

// work is what runs on a session, or opens one.
type work struct {
	id     int
	ctx    context.Context
	cancel context.CancelFunc
	exec   *execution // of a running step
}

func (r *requests) number() int {
	r.last++
	return r.last
}

// begin starts new work; what ran before is given up.
func (r *requests) begin(ctx context.Context) *work {
	r.giveUp()
	ctx, cancel := context.WithCancel(ctx)
	r.work = &work{id: r.number(), ctx: ctx, cancel: cancel}
	return r.work
}

// is reports whether an answer belongs to the work under way.
func (r *requests) is(id int) bool { return r.work != nil && r.work.id == id }

// end says that the work under way was answered.
func (r *requests) end() {
	if r.work != nil {
		r.work.cancel()
		r.work = nil
	}
}

// giveUp stops the work under way and forgets it.
func (r *requests) giveUp() {
	if r.work != nil && r.work.exec != nil {
		r.work.exec.abandon()
	}
	r.end()
}

// inTurn wraps a call on a session so that it starts after those wrapped before it returned, whatever order their
// commands are started in.
func (r *requests) inTurn(call func()) func() {
	before, done := r.tail, make(chan struct{})
	r.tail = done
	return func() {
		defer close(done)
		if before != nil {
			<-before
		}
		call()
	}
}
