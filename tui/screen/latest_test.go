package screen_test

import (
	"testing"

	"podsec/tui/screen"
)

// TestLatest: whoever waits gets the last value until it was taken in, also when another job that took it was replaced.
func TestLatest(t *testing.T) {
	var l screen.Latest[string]
	first := l.Wait()
	if len(first) != 0 || l.Pending() {
		t.Error("there is a value before one was given")
	}
	l.Set("a")
	taken := <-first
	if taken.Value != "a" || l.Last() != taken {
		t.Errorf("got %+v", taken)
	}
	second := l.Wait() // the first job is replaced before its answer came
	if again := <-second; again != taken {
		t.Errorf("the value is lost: %+v", again)
	}
	l.Set("b")
	l.Set("c")
	if len(first) != 0 {
		t.Error("a job that was replaced takes a value with it")
	}
	last := <-second
	l.TakeIn(taken)
	if last.Value != "c" || !l.Pending() {
		t.Errorf("got %+v; another one is pending: %v", last, l.Pending())
	}
	l.TakeIn(last)
	l.TakeIn(taken) // an answer that came late
	if l.Pending() || len(l.Wait()) != 0 {
		t.Error("what was taken in is given again")
	}
}
