package screen

// Latest is the last of several values, for jobs that wait for one and work on it beside the app. A value counts as taken in
// once the app has what was made of it: a job that is replaced or stopped, at whatever moment, takes none with it. The zero
// Latest has no value. Its methods are for the app's loop.
type Latest[T any] struct {
	last    Given[T]
	taken   int           // the number of the last value that was taken in
	waiting chan Given[T] // of the job that waits; what it waits for is there before it is needed
}

// Given is a value that a job works on.
type Given[T any] struct {
	Value  T
	number int // from 1
}

// Set gives the next value. Nobody needs the one before any more.
func (l *Latest[T]) Set(value T) {
	l.last = Given[T]{value, l.last.number + 1}
	if l.waiting == nil {
		return
	}
	select {
	case <-l.waiting:
	default:
	}
	l.waiting <- l.last
}

// Wait returns where a job gets the last value, or the next one when that was taken in. A job that waited before gets none any
// more.
func (l *Latest[T]) Wait() <-chan Given[T] {
	l.waiting = make(chan Given[T], 1)
	if l.Pending() {
		l.waiting <- l.last
	}
	return l.waiting
}

// Pending reports whether there is a value that was not taken in.
func (l *Latest[T]) Pending() bool { return l.last.number > l.taken }

// Last is the last value, the zero T before there is one.
func (l *Latest[T]) Last() Given[T] { return l.last }

// TakeIn says that the app has what was made of a value.
func (l *Latest[T]) TakeIn(g Given[T]) { l.taken = max(l.taken, g.number) }
