package tui

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"podsec/labs"
)

// TestCallsKeepTheirOrder starts calls in the wrong order: they still run in the one in which they were wrapped, one at
// a time.
func TestCallsKeepTheirOrder(t *testing.T) {
	var r requests
	var mu sync.Mutex
	var order []int
	var calls []func()
	for i := range 20 {
		calls = append(calls, r.inTurn(func() {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i)
		}))
	}
	var wg sync.WaitGroup
	for i := len(calls) - 1; i >= 0; i-- {
		wg.Go(calls[i])
	}
	wg.Wait()
	for i, got := range order {
		if got != i {
			t.Fatalf("calls ran in the order %v", order)
		}
	}
}

// TestCallsWithoutTheirCommands: what waits for a call whose command was never started makes it, once.
func TestCallsWithoutTheirCommands(t *testing.T) {
	var r requests
	var order []string
	call := func(name string) func() { return r.inTurn(func() { order = append(order, name) }) }
	late := call("never started")
	call("started")()
	call("last")
	r.calls.finish()
	late()
	r.calls.finish()
	if want := []string{"never started", "started", "last"}; !cmp.Equal(order, want) {
		t.Errorf("calls ran in the order %v, want %v", order, want)
	}
}

func TestNewWorkGivesUpTheOld(t *testing.T) {
	var r requests
	old := r.begin(context.Background())
	if !r.is(old.id) {
		t.Error("work under way is not known")
	}
	fresh := r.begin(context.Background())
	if old.ctx.Err() == nil || fresh.ctx.Err() != nil {
		t.Error("the old work goes on, or the new one does not")
	}
	if r.is(old.id) || !r.is(fresh.id) {
		t.Error("an answer to the old work would be taken")
	}
	r.end()
	if r.is(fresh.id) || fresh.ctx.Err() == nil {
		t.Error("work that ended is still known, or its context was not released")
	}
	r.end() // twice is nothing
	r.giveUp()
}

// printer prints until it is stopped or cannot print any more.
type printer struct{ wrote chan error }

func (p printer) print(ctx context.Context, out io.Writer) (labs.Outcome, error) {
	for ctx.Err() == nil {
		if _, err := io.WriteString(out, "more\n"); err != nil {
			p.wrote <- err
			return labs.Outcome{}, nil
		}
	}
	return labs.Outcome{Exit: 130}, nil
}

// TestAbandonedOutputHoldsNobody says that a command whose output nobody reads any more comes to its end.
func TestAbandonedOutputHoldsNobody(t *testing.T) {
	e := newExecution(1, nil, time.Now)
	p := printer{wrote: make(chan error, 1)}
	go e.run(context.Background(), p.print)
	if msg, ok := e.read().(outputMsg); !ok || msg.id != 1 || msg.text != "more\n" {
		t.Errorf("first message is %#v", msg)
	}
	e.abandon()
	select {
	case err := <-p.wrote:
		if err == nil {
			t.Error("writing went on")
		}
	case <-time.After(time.Minute):
		t.Fatal("the command still waits for a reader")
	}
	if msg := e.read(); msg != nil {
		t.Errorf("an abandoned command gave %#v", msg)
	}
}

// TestStoppedCommandSaysSo says that a command that ended because it was stopped is not taken for one that failed, even
// where the session gives an outcome.
func TestStoppedCommandSaysSo(t *testing.T) {
	e := newExecution(1, nil, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	go e.run(ctx, printer{wrote: make(chan error, 1)}.print)
	e.read()
	cancel()
	for {
		if msg, ok := e.read().(finishedMsg); ok {
			if msg.err == nil {
				t.Error("no error")
			}
			return
		}
	}
}

// recorder is a store that remembers what was saved.
type recorder struct{ saved []string }

func (*recorder) Lab(string, string) labs.LabProgress { return labs.LabProgress{} }

func (r *recorder) Save(cluster, lab, step string, _ []string) error {
	r.saved = append(r.saved, cluster+"/"+lab+"/"+step)
	return nil
}

// TestSavesFollowEachOther says that one save runs at a time, and that the last state of a lab is what is kept.
func TestSavesFollowEachOther(t *testing.T) {
	store := &recorder{}
	l := &labs.Lab{ID: "a", Steps: []labs.Step{{ID: "one"}, {ID: "two"}, {ID: "three"}}}
	other := &labs.Lab{ID: "b", Steps: []labs.Step{{ID: "one"}}}
	p := newProgress(store, "simulated", []*labs.Lab{l, other})
	p.note(l, 0, nil)
	first := p.save("a")
	for _, pos := range []int{1, 2} {
		p.note(l, pos, nil)
		if cmd := p.save("a"); cmd != nil {
			t.Fatal("two saves at the same time")
		}
	}
	p.note(other, 0, nil)
	p.save("b")
	p.changeTo("lab-cluster", []*labs.Lab{l, other})
	p.note(other, 0, nil)
	p.save("b")
	first()
	for cmd := p.saved(); cmd != nil; cmd = p.saved() {
		cmd()
	}
	want := []string{"simulated/a/one", "simulated/a/three", "simulated/b/one", "lab-cluster/b/one"}
	if diff := cmp.Diff(want, store.saved); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	p.changeTo("simulated", []*labs.Lab{l, other})
	if pos, _ := p.place(l); pos != 2 {
		t.Errorf("after another cluster the learner is at step %d", pos)
	}
	if cmd := p.save("a"); cmd == nil {
		t.Error("nothing can be saved any more")
	}
}

// TestFlush says that the end of the app keeps what no command has kept yet, and keeps nothing twice.
func TestFlush(t *testing.T) {
	store := &recorder{}
	l := &labs.Lab{ID: "a", Steps: []labs.Step{{ID: "one"}, {ID: "two"}, {ID: "three"}}}
	p := newProgress(store, "simulated", []*labs.Lab{l})
	p.flush() // nothing
	var first tea.Cmd
	for pos := range l.Steps {
		p.note(l, pos, nil)
		if cmd := p.save("a"); cmd != nil {
			first = cmd
		}
	}
	p.flush()
	first() // too late
	if want := []string{"simulated/a/one", "simulated/a/three"}; !cmp.Equal(store.saved, want) {
		t.Errorf("saved %v, want %v", store.saved, want)
	}
}

func TestProgressWithoutAStore(t *testing.T) {
	l := &labs.Lab{ID: "a", Steps: []labs.Step{{ID: "one"}, {ID: "two"}}}
	p := newProgress(nil, "simulated", []*labs.Lab{l})
	p.note(l, 1, map[int]bool{0: true})
	if cmd := p.save("a"); cmd != nil {
		t.Error("something is saved without a store")
	}
	if pos, done := p.place(l); pos != 1 || !done[0] || done[1] {
		t.Errorf("at %d, done %v", pos, done)
	}
}

// TestBrokenCommand says that a panic of a command is an error, not the end of the app.
func TestBrokenCommand(t *testing.T) {
	e := newExecution(1, nil, time.Now)
	go e.run(context.Background(), func(context.Context, io.Writer) (labs.Outcome, error) { panic("no such step") })
	msg, ok := e.read().(finishedMsg)
	if !ok || msg.err == nil || !strings.Contains(msg.err.Error(), "no such step") {
		t.Errorf("it gave %#v", msg)
	}
}

// TestReportsOfEnter says that the last of several reports is what is shown, and that they end.
func TestReportsOfEnter(t *testing.T) {
	r := newReports(7)
	r.report(1, 9)
	r.report(2, 9)
	msg, ok := r.next().(enteringMsg)
	if !ok || msg.id != 7 || msg.done != 2 || msg.of != 9 {
		t.Errorf("the report is %#v", msg)
	}
	r.close()
	if end := msg.more(); end != nil {
		t.Errorf("after the last report comes %#v", end)
	}
}
