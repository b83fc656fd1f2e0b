package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"podsec/kube"
	"podsec/labs"
)

func TestReadFiles(t *testing.T) {
	l := &labs.Lab{
		ID: "a",
		Files: fstest.MapFS{
			"policy.yaml": {Data: []byte("kind: P\r\n\x1b[2Jname:\tx\n")},
			"large.yaml":  {Data: []byte(strings.Repeat("x", maxFile+1))},
		},
		Steps: []labs.Step{{File: "policy.yaml"}, {}, {File: "large.yaml"}, {File: "gone.yaml"}},
	}
	msg, ok := readFiles(l)().(filesMsg)
	if !ok || msg.lab != "a" || len(msg.files) != 3 {
		t.Fatalf("message is %#v", msg)
	}
	if diff := cmp.Diff("kind: P\nname:   x\n", msg.files["policy.yaml"]); diff != "" {
		t.Errorf("policy.yaml (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"large.yaml": "# large.yaml is too large to be shown",
		"gone.yaml":  "# read gone.yaml: open gone.yaml: file does not exist",
	} {
		if !strings.HasPrefix(msg.files[name], want) {
			t.Errorf("%s is %q", name, msg.files[name])
		}
	}
	if cmd := readFiles(&labs.Lab{}); cmd != nil {
		t.Error("a lab without files is read")
	}
}

// TestWatchTakesTheLastOfSeveral says that a screen that was busy does not show the past.
func TestWatchTakesTheLastOfSeveral(t *testing.T) {
	states := make(chan kube.State, 3)
	m := New(context.Background(), Options{})
	if m.watch() != nil {
		t.Error("there is something to watch without a cluster")
	}
	m.cluster, m.watched = &Cluster{States: states}, 7
	for _, n := range []string{"one", "two", "three"} {
		states <- kube.State{Namespaces: []kube.Namespace{{Name: n}}}
	}
	msg := m.watch()().(stateMsg)
	if msg.id != 7 || msg.closed || msg.state.Namespaces[0].Name != "three" {
		t.Errorf("message is %#v", msg)
	}
	close(states)
	if msg := m.watch()().(stateMsg); !msg.closed {
		t.Errorf("after the end: %#v", msg)
	}
	if cmd := m.stated(stateMsg{id: 7, closed: true}); cmd != nil {
		t.Error("a closed channel is watched on")
	}
	if cmd := m.stated(stateMsg{id: 6}); cmd != nil {
		t.Error("a cluster that was given up is watched on")
	}
}

func TestWatchEndsWithTheApp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := New(ctx, Options{})
	m.cluster = &Cluster{States: make(chan kube.State)}
	cancel()
	if msg := m.watch()(); msg != nil {
		t.Errorf("message is %#v", msg)
	}
}

// scripted is a session that fails at a step.
type scripted struct {
	Session
	failAt int
	ran    []int
	closed error
	closes int
}

func (s *scripted) Enter(_ context.Context, step int, report func(done, of int)) error {
	s.ran = append(s.ran, step)
	report(step, step)
	if step == s.failAt {
		return errors.New("no shell")
	}
	return nil
}

func (s *scripted) Cwd() string { return "/lab" }

func (s *scripted) Close() error {
	s.closes++
	return s.closed
}

// TestPrepare says that what could not be brought to where the learner was is closed again.
func TestPrepare(t *testing.T) {
	open := func(s *scripted, err error) func(context.Context, *labs.Lab) (Session, error) {
		return func(context.Context, *labs.Lab) (Session, error) {
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		open   error
		failAt int
		want   string // in the error
		ran    []int
		closes int
	}{
		{"all goes well", context.Background(), nil, -1, "", []int{3}, 0},
		{"it does not open", context.Background(), errors.New("no cluster"), -1, "no cluster", nil, 0},
		{"the step cannot be reached", context.Background(), nil, 3, "no shell", []int{3}, 1},
		{"it was given up before", canceled, nil, -1, "context canceled", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &scripted{failAt: tt.failAt}
			got, _, err := prepare(tt.ctx, &labs.Lab{Steps: make([]labs.Step, 4)}, open(s, tt.open), 3, func(int, int) {})
			if tt.want == "" && (err != nil || got == nil) || tt.want != "" && (err == nil || got != nil) {
				t.Fatalf("session %v, error %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
			if !cmp.Equal(s.ran, tt.ran) || s.closes != tt.closes {
				t.Errorf("ran %v, closed %d times; want %v, %d", s.ran, s.closes, tt.ran, tt.closes)
			}
		})
	}
}

// TestLateSessionsAreClosed says that a lab that opens after the learner left it leaves nothing behind.
func TestLateSessionsAreClosed(t *testing.T) {
	m := New(context.Background(), Options{})
	s := &scripted{}
	cmd := m.opened(openedMsg{id: 99, session: s})
	if cmd == nil {
		t.Fatal("nothing is done about it")
	}
	cmd()
	if s.closes != 1 {
		t.Errorf("closed %d times", s.closes)
	}
	if m.closeSession(nil) != nil {
		t.Error("no session is closed")
	}
}

// TestShutdownLeavesNothing: when the app ends before its last commands were started, what they were to do is done.
func TestShutdownLeavesNothing(t *testing.T) {
	store, s := &recorder{}, &scripted{}
	m := New(context.Background(), Options{
		Labs: []*labs.Lab{{ID: "a", Steps: []labs.Step{{ID: "one", Command: "x"}}}}, ClusterName: "simulated", Progress: store,
	})
	m.openLab(0)
	m.session = s
	m.leave()
	if err := m.shutdown(); err != nil {
		t.Fatal(err)
	}
	if s.closes != 1 || !cmp.Equal(store.saved, []string{"simulated/a/one"}) {
		t.Errorf("the session was closed %d times, saved is %v", s.closes, store.saved)
	}
}

// TestSessionOfTheLastMoment: a session is closed that was opened when the app was ending and took no answers any more, and
// one that was taken is closed once.
func TestSessionOfTheLastMoment(t *testing.T) {
	for _, taken := range []bool{false, true} {
		s := &scripted{}
		m := New(context.Background(), Options{Labs: []*labs.Lab{{ID: "a", Steps: []labs.Step{{ID: "one", Command: "x"}}}}})
		m.cluster = &Cluster{Open: func(context.Context, *labs.Lab) (Session, error) { return s, nil }}
		m.openLab(0)
		m.calls.finish() // as its command would
		answer := *m.opening[m.work.id]
		if answer.session == nil {
			t.Fatal("no session was opened")
		}
		if taken {
			m.opened(answer)
		}
		if err := m.shutdown(); err != nil {
			t.Fatal(err)
		}
		if s.closes != 1 {
			t.Errorf("taken %v: the session was closed %d times", taken, s.closes)
		}
	}
}

// TestLateAnswersAreDropped sends the answers of requests that were given up.
func TestLateAnswersAreDropped(t *testing.T) {
	m := New(context.Background(), Options{Labs: []*labs.Lab{{ID: "a", Steps: []labs.Step{{ID: "s", Command: "x"}}}}})
	m.openLab(0)
	before := m.lab
	for _, msg := range []any{
		outputMsg{id: 42, text: "x"}, finishedMsg{id: 42}, checkedMsg{id: 42}, resetMsg{id: 42}, connectedMsg{id: 42},
		tickMsg{id: 42}, filesMsg{lab: "another", files: map[string]string{"f": "x"}},
	} {
		if _, cmd := m.Update(msg); cmd != nil {
			t.Errorf("%T leads to something", msg)
		}
	}
	if m.lab != before || !m.lab.Busy() || m.cluster != nil {
		t.Error("a late answer changed something")
	}
}
