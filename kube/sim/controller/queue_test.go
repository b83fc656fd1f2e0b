package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

// TestQueueOrder: what is due comes in a fixed order, once, whatever the order in which it was added.
func TestQueueOrder(t *testing.T) {
	q := newQueue(clocktesting.NewFakeClock(start()))
	for _, i := range []item{
		{late: true, order: 0, object: object{namespace: "a", name: "a"}},
		{order: 1, object: object{namespace: "a", name: "a"}}, {order: 0, object: object{namespace: "b", name: "a"}},
		{order: 0, object: object{namespace: "a", name: "b"}}, {order: 1, object: object{namespace: "a", name: "a"}},
		{order: 0, object: object{namespace: "a", name: "b", gvr: podsGVR}},
	} {
		q.add(i)
	}
	var got []string
	for {
		i, ok := q.next()
		if !ok {
			break
		}
		got = append(got, string(rune('0'+i.order))+i.namespace+i.name+i.gvr.Resource)
	}
	if diff := cmp.Diff([]string{"0ab", "0abpods", "0ba", "1aa", "0aa"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// TestQueueLater: an item comes when its time has come, and the earlier of two appointments counts.
func TestQueueLater(t *testing.T) {
	clock := clocktesting.NewFakeClock(start())
	q := newQueue(clock)
	i := item{object: object{name: "a"}}
	q.addAt(i, start().Add(time.Minute))
	q.addAt(i, start().Add(time.Second))
	q.addAt(i, start().Add(time.Hour))
	if !q.empty() {
		t.Error("something is due at once")
	}
	timer, stop := q.timer()
	defer stop()
	clock.Step(time.Second)
	select {
	case <-timer:
	default:
		t.Error("the timer is not set to the earliest time")
	}
	if got, ok := q.next(); !ok || got != i {
		t.Errorf("next = %v, %v", got, ok)
	}
	if timer, _ := q.timer(); timer != nil {
		t.Error("a timer runs for nothing")
	}
}

// TestQueueRetry: failures wait twice as long each time, and success makes it short again.
func TestQueueRetry(t *testing.T) {
	clock := clocktesting.NewFakeClock(start())
	q := newQueue(clock)
	i := item{object: object{name: "a"}}
	for _, wait := range []time.Duration{firstDelay, 2 * firstDelay, 4 * firstDelay} {
		q.retry(i)
		clock.Step(wait - 1)
		if !q.empty() {
			t.Fatalf("due before %s", wait)
		}
		clock.Step(1)
		if _, ok := q.next(); !ok {
			t.Fatalf("not due after %s", wait)
		}
	}
	q.forget(i)
	q.retry(i)
	clock.Step(firstDelay)
	if q.empty() {
		t.Error("a success does not make the wait short again")
	}
}

func TestDelayIsBounded(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 5 * time.Millisecond, 1: 10 * time.Millisecond, 10: 5120 * time.Millisecond, 17: 655360 * time.Millisecond, 18: maxDelay, 100: maxDelay} {
		if got := delay(failures); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
}
