package tui

import (
	"context"
	"sync"
)

// requests numbers what is under way. One thing at a time runs on a session; the connection to the cluster and its
// states have numbers of their own.
type requests struct {
	last    int
	work    *work
	conn    int
	watched int
	calls   turns // on a session
	// opening are the answers of sessions being opened, by the number of the work: one that is not taken before the app ends
	// is closed then.
	opening map[int]*openedMsg
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

// awaits notes that a session is being opened.
func (r *requests) awaits(answer *openedMsg) {
	if r.opening == nil {
		r.opening = map[int]*openedMsg{}
	}
	r.opening[answer.id] = answer
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

// inTurn wraps a call on a session; see turns.
func (r *requests) inTurn(call func()) func() { return r.calls.next(call) }

// turns makes calls one after the other, in the order in which they were wrapped, whatever order their commands are
// started in.
type turns struct {
	last func() // nil before the first one
}

// next wraps a call so that it is made once, after those wrapped before it. What it returns returns when the call has.
// A call whose command was not started yet, and will not be when the app ends, is made by the one that waits for it.
func (t *turns) next(call func()) func() {
	var once sync.Once
	before := t.last
	t.last = func() {
		once.Do(func() {
			if before != nil {
				before()
				before = nil // it holds those before it
			}
			call()
		})
	}
	return t.last
}

// finish returns when all calls have.
func (t *turns) finish() {
	if t.last != nil {
		t.last()
	}
}
