package controller

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"k8s.io/utils/clock"
)

// moment is a point in time by the injected clock.
type moment = time.Time

// object names what a controller works on; what kind it is, the controller knows. gvr is set where one controller works
// on objects of any kind.
type object struct {
	namespace, name string
	gvr             resource
}

// item is one entry of the work list: the controller's place in the order, and the object. Late ones come after all others.
type item struct {
	late  bool
	order int
	object
}

func compareItems(a, b item) int {
	if a.late != b.late {
		if b.late {
			return -1
		}
		return 1
	}
	if order := cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name)); order != 0 {
		return order
	}
	return cmp.Compare(a.gvr.String(), b.gvr.String())
}

// The delays of retries are those of client-go's default rate limiter, which the real controllers use.
const (
	firstDelay = 5 * time.Millisecond
	maxDelay   = 1000 * time.Second
)

// queue is the work list. Only the worker uses it. What is due is handed out in a fixed order, not in that of arrival.
type queue struct {
	clock clock.Clock
	due   map[item]bool
	order heapOfItems // of due
	later map[item]moment
	tries map[item]int
}

func newQueue(c clock.Clock) *queue {
	return &queue{clock: c, due: map[item]bool{}, later: map[item]moment{}, tries: map[item]int{}}
}

func (q *queue) add(i item) {
	if !q.due[i] {
		q.due[i] = true
		heap.Push(&q.order, i)
	}
}

// heapOfItems is a container/heap of items in the order of compareItems.
type heapOfItems []item

func (h heapOfItems) Len() int           { return len(h) }
func (h heapOfItems) Less(i, j int) bool { return compareItems(h[i], h[j]) < 0 }
func (h heapOfItems) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heapOfItems) Push(x any)        { *h = append(*h, x.(item)) }

func (h *heapOfItems) Pop() any {
	last := len(*h) - 1
	out := (*h)[last]
	*h = (*h)[:last]
	return out
}

// addAt puts an item on the list for a time; an earlier appointment stands.
func (q *queue) addAt(i item, when moment) {
	if have, ok := q.later[i]; !ok || when.Before(have) {
		q.later[i] = when
	}
}

// next takes the first item that is due.
func (q *queue) next() (item, bool) {
	q.ripen()
	if len(q.due) == 0 {
		return item{}, false
	}
	first := heap.Pop(&q.order).(item)
	if delete(q.due, first); len(q.due) == 0 {
		q.due, q.order = map[item]bool{}, nil // neither gives back by itself what it once needed
	}
	return first, true
}

// waiting returns what one controller has put off, in order; drop strikes an item from it.
func (q *queue) waiting(order int) []item {
	var out []item
	for i := range q.later {
		if i.order == order {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, compareItems)
	return out
}

func (q *queue) drop(i item) {
	delete(q.later, i)
	delete(q.tries, i)
}

// ripen moves to the list what was put off until now.
func (q *queue) ripen() {
	now := q.clock.Now()
	for i, when := range q.later {
		if !when.After(now) {
			delete(q.later, i)
			q.add(i)
		}
	}
}

// retry puts an item off, for twice as long each time.
func (q *queue) retry(i item) {
	q.addAt(i, q.clock.Now().Add(delay(q.tries[i])))
	q.tries[i]++
}

// delay is how long to wait after a number of failures.
func delay(failures int) time.Duration {
	if failures > 17 {
		return maxDelay
	}
	return min(firstDelay<<failures, maxDelay)
}

func (q *queue) forget(i item) { delete(q.tries, i) }

// empty says that nothing is due.
func (q *queue) empty() bool {
	q.ripen()
	return len(q.due) == 0
}

// timer returns a channel that delivers when the next item is due, and what ends the wait. With nothing put off the
// channel is nil.
func (q *queue) timer() (<-chan time.Time, func()) {
	if len(q.later) == 0 {
		return nil, func() {}
	}
	var times []moment
	for _, when := range q.later {
		times = append(times, when)
	}
	first := slices.MinFunc(times, moment.Compare)
	t := q.clock.NewTimer(first.Sub(q.clock.Now()))
	return t.C(), func() { t.Stop() }
}
