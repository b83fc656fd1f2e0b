package timetable_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"podsec/kube/sim/kyverno/timetable"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a timetable whose queue only takes notes.
type fixture struct {
	*timetable.Timetable
	clock *clocktesting.FakeClock

	mu    sync.Mutex
	queue []string
}

func newFixture() *fixture {
	f := &fixture{clock: clocktesting.NewFakeClock(start)}
	f.Timetable = timetable.New(f.clock, func(key string, _ func(context.Context)) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queue = append(f.queue, key)
	})
	return f
}

func (f *fixture) expect(t *testing.T, want ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.queue)
	if !slices.Equal(f.queue, want) {
		t.Errorf("queued %q, want %q", f.queue, want)
	}
	f.queue = nil
}

func nothing(context.Context) {}

func TestTimes(t *testing.T) {
	f := newFixture()
	f.At("past", start.Add(-time.Second), nothing)
	f.At("now", start, nothing)
	f.At("soon", start.Add(time.Second), nothing)
	f.At("late", start.Add(time.Hour), nothing)
	f.At("moved", start.Add(time.Second), nothing)
	f.At("moved", start.Add(time.Minute), nothing)
	f.At("struck", start.Add(time.Second), nothing)
	f.Cancel("struck")
	f.Cancel("unknown")
	f.expect(t, "now", "past")
	f.clock.Step(time.Second)
	f.expect(t, "soon")
	f.clock.Step(time.Minute)
	f.expect(t, "moved")
	f.Close()
	f.At("too late", start, nothing)
	f.clock.Step(2 * time.Hour)
	f.expect(t)
	if f.clock.HasWaiters() {
		t.Error("a closed timetable waits for something")
	}
}

// TestPassed: of a time that has come nothing is kept, and a new one stays that took its place.
func TestPassed(t *testing.T) {
	clock := clocktesting.NewFakeClock(start)
	var queue []func(context.Context)
	table := timetable.New(clock, func(_ string, run func(context.Context)) { queue = append(queue, run) })
	ran := 0
	count := func(context.Context) { ran++ }
	table.At("once", start.Add(time.Second), count)
	table.At("again", start.Add(time.Second), count)
	clock.Step(time.Second)
	table.At("again", start.Add(time.Minute), count)
	for _, run := range queue {
		run(t.Context())
	}
	if waiting := table.Waiting(); ran != 2 || waiting != 1 {
		t.Errorf("%d tasks ran, %d wait", ran, waiting)
	}
}

// TestRetries: ten times, each after twice the delay, and anew after that or after a success.
func TestRetries(t *testing.T) {
	f := newFixture()
	for round := range 2 {
		var waited time.Duration
		for tries := 0; f.Retry("task", nothing); tries++ {
			delay := 5 * time.Millisecond << tries
			f.clock.Step(delay - time.Millisecond)
			f.expect(t)
			f.clock.Step(time.Millisecond)
			f.expect(t, "task")
			waited += delay
		}
		if want := 5115 * time.Millisecond; waited != want {
			t.Errorf("round %d: gave up after %s, want %s", round, waited, want)
		}
	}
	f.Retry("task", nothing)
	f.Retry("task", nothing)
	f.Forget("task")
	f.Retry("task", nothing)
	f.clock.Step(5 * time.Millisecond)
	f.expect(t, "task")
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	f := newFixture()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				key := fmt.Sprint(j % 5)
				f.At(key, f.clock.Now().Add(time.Duration(i)*time.Second), nothing)
				f.Retry(key, nothing)
				f.clock.Step(time.Second)
				f.Cancel(key)
			}
		})
	}
	all.Wait()
	f.Close()
}

func TestNext(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, tc := range []struct {
		schedule string
		after    time.Time
		want     time.Time
		fails    bool
	}{
		{schedule: "*/5 * * * *", after: start, want: start.Add(5 * time.Minute)},
		{schedule: "* * * * *", after: start.Add(time.Second), want: start.Add(time.Minute)},
		{schedule: "@hourly", after: start, want: start.Add(time.Hour)},
		{schedule: "0 0 * * *", after: start.In(berlin), want: time.Date(2026, 3, 2, 0, 0, 0, 0, berlin)},
		{schedule: "0 0 30 2 *", after: start},
		{schedule: "@every 20s", after: start, fails: true},
		{schedule: "nightly", after: start, fails: true},
	} {
		got, err := timetable.Next(tc.schedule, tc.after)
		if (err != nil) != tc.fails || !got.Equal(tc.want) {
			t.Errorf("%s after %s: %s, %v", tc.schedule, tc.after, got, err)
		}
	}
}
