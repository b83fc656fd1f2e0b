package present_test

import (
	"strings"
	"testing"
	"time"

	"podsec/labs"
	"podsec/tui/screen"
)

// TestClicker: one key shows everything, step by step, and runs what is to be run; what was typed is run once.
func TestClicker(t *testing.T) {
	s := on(t, 0, 80, 24)
	for _, want := range []string{
		"20 minutes · 6 steps", "Every cluster has pods", "refuse workloads", "A label names the team.",
		"the shape of the object", "ClusterPolicy", "types it", "",
	} {
		s.MustShow(want)
		s.Keys("pgdown")
	}
	for range strings.Count("kubectl apply -f policy.yaml", "") {
		if _, waits := s.Waiting["type"]; waits {
			s.Fire("type")
		}
	}
	s.MustShow("$ kubectl apply -f policy.yaml", "enter runs it")
	s.Keys("right")
	if got := s.Last(); got != (screen.Run{}) {
		t.Fatalf("asked for %#v", got)
	}
	s.Asked = nil
	s.play()
	s.MustShow("it ran", "exit 0")
	for _, want := range []string{"the policy require-labels is ready", "just a pod", "What will kubectl say?", "types it"} {
		s.Keys("space")
		s.MustShow(want)
	}
	for _, want := range []string{"What will kubectl say?", "just a pod", "It holds", "it ran", "enter runs it again", "ClusterPolicy"} {
		s.Keys("pgup")
		s.MustShow(want)
	}
	s.Keys("space", "space")
	s.MustShow("it ran")
	for _, asked := range s.Asked {
		if asked != (screen.Moved{}) {
			t.Errorf("asked for %#v", asked)
		}
	}
	s.until(t, "Lab 2 is done.")
	if got := len(s.bench.Done()); got != 6 {
		t.Errorf("%d steps are done", got)
	}
	s.Keys("space", "space")
	s.Keys("enter")
	if got := s.Last(); got != (screen.OpenLab{Index: 3}) {
		t.Errorf("at the end asked for %#v", got)
	}
}

// TestTypedByHand: any letter types, no letter does anything else while it does, and enter runs.
func TestTypedByHand(t *testing.T) {
	s := on(t, 2, 80, 24)
	s.until(t, "types it")
	s.Keys("k")
	s.MustShow("$ kub")
	s.MustNotShow("$ kubectl")
	if !typing(s) {
		t.Error("keys that print are not the screen's own")
	}
	s.Keys("q", "b", "space")
	s.MustShow("$ kubectl run")
	s.Type(strings.Repeat("q?:nbr ", 20))
	s.MustShow("$ kubectl get pods", "enter runs it")
	if len(s.Asked) > 0 {
		t.Errorf("asked for %v", s.Asked)
	}
	s.Keys("esc")
	if typing(s) {
		t.Error("esc does not end the typing")
	}
	s.Keys("enter")
	if got := s.Last(); got != (screen.Run{}) {
		t.Errorf("asked for %#v", got)
	}
}

// typing reports whether keys that print belong to the screen alone.
func typing(s *stage) bool { return s.Screen.(screen.Typing).Typing() }

// TestTyping: what types itself is finished by a key, and forgotten when the frame is left.
func TestTyping(t *testing.T) {
	s := on(t, 1, 80, 24)
	s.until(t, "types it")
	s.Keys("space")
	s.MustShow("$ k")
	s.Keys("space")
	s.MustShow("apply -f policy.yaml", "enter runs it")
	s.Fire("type")
	s.Keys("left", "right")
	s.MustNotShow("apply -f policy.yaml")
	s.Keys("enter")
	if got := s.Last(); got != (screen.Run{}) {
		t.Errorf("enter asked for %#v", got)
	}
}

func TestSteps(t *testing.T) {
	s := on(t, 3, 80, 24)
	for _, tt := range []struct{ key, want string }{
		{"n", "Find it"}, {"p", "Repair it"}, {"p", "Run a pod without it"}, {"n", "Repair it"}, {"n", "Find it"},
		{"n", "What to remember"}, {"n", "ends here"}, {"p", "Find it"}, {"left", "the pod web has a team"},
	} {
		s.Keys(tt.key)
		s.MustShow(tt.want)
	}
	s.bench.Goto(4) // a side step is gone to by name
	s.MustShow("The older way", "2023 edition")
	s.Keys("n")
	s.MustShow("Find it")
	for key, want := range map[string]func(screen.Intent) bool{
		"s": func(i screen.Intent) bool { _, ok := i.(screen.Choose); return ok },
		"R": func(i screen.Intent) bool { _, ok := i.(screen.Choose); return ok },
		"w": func(i screen.Intent) bool { _, ok := i.(screen.Tell); return ok },
		"q": func(i screen.Intent) bool { return i == screen.Quit{} },
	} {
		if s.Keys(key); !want(s.Last()) {
			t.Errorf("%s asks for %#v", key, s.Last())
		}
	}
}

// TestWhileItRuns: nothing goes on before it ended, and it can be stopped.
func TestWhileItRuns(t *testing.T) {
	s := on(t, 1, 80, 24)
	s.bench.Started(s.now)
	s.bench.Write("half")
	s.MustShow("half", "running")
	s.Keys("space")
	if _, ok := s.Last().(screen.Tell); !ok {
		t.Errorf("space asks for %#v", s.Last())
	}
	s.Keys("esc")
	if got := s.Last(); got != (screen.Cancel{}) {
		t.Errorf("esc asks for %#v", got)
	}
	s.Keys("b", "x")
	s.bench.Failed("stopped", "")
	s.MustShow("half", "stopped")
	s.Keys("r")
	if got := s.Last(); got != (screen.Run{}) {
		t.Errorf("r asks for %#v", got)
	}
}

// TestBlack: nothing is to be seen until the next key, which does nothing else.
func TestBlack(t *testing.T) {
	s := on(t, 0, 80, 24)
	for _, key := range []string{"b", "."} {
		s.Keys(key)
		if got := strings.TrimSpace(s.Plain()); got != "" {
			t.Errorf("black shows %q", got)
		}
		s.MustFill(80, 24)
		s.Keys("q")
		s.MustShow("20 minutes")
	}
	if len(s.Asked) > 0 {
		t.Errorf("asked for %v", s.Asked)
	}
}

// TestClock counts the time of each step, wherever one goes, but not before the lab is open.
func TestClock(t *testing.T) {
	s := on(t, 0, 80, 24)
	pass := func(d time.Duration) {
		s.now = s.now.Add(d)
		s.Fire("clock")
	}
	pass(20 * time.Second)
	s.MustShow("0:20 / ")
	s.Keys("n")
	s.MustShow("0:00 / 1:30")
	pass(90 * time.Second)
	s.MustShow("1:30 / 1:30")
	pass(5 * time.Second)
	s.MustShow("! 1:35 / 1:30")
	s.Keys("p")
	pass(5 * time.Second)
	s.MustShow("0:25 / ")
	s.Keys("t")
	s.MustNotShow("0:25")
	s.Keys("t")
	s.MustShow("0:25")
	s.Keys("n", "n")
	s.MustNotShow("late", "early")
	pass(10 * time.Minute)
	s.MustShow("minutes late")
}

// TestEditBeforeTheRoom: what the room writes is run, and when that is not it, the solution follows.
func TestEditBeforeTheRoom(t *testing.T) {
	s := on(t, 3, 80, 24)
	s.Keys("e")
	s.Type("# ours")
	s.Keys("enter")
	s.MustShow("# ours", "ctrl+r runs it")
	s.Keys("ctrl+r")
	save, ok := s.Last().(screen.Save)
	if !ok || save.Then != (screen.Run{}) || !strings.HasPrefix(save.Text, "# ours") {
		t.Fatalf("asked for %#v", s.Last())
	}
	s.bench.Started(s.now)
	s.bench.Write("ran ours\n")
	s.bench.Finished(labs.Outcome{
		Checks:  []labs.CheckResult{{Title: "the pod web has a team", Missing: "it has none"}},
		Mistake: "A comment is no label.",
	}, s.now)
	s.MustShow("ran ours")
	s.Keys("space")
	s.MustShow("Not yet", "it has none", "A comment is no label.")
	s.Keys("space")
	s.MustShow("# ours", "team: shop")
	s.until(t, "types it")
	s.goOn()
	s.until(t, "It holds")
}

// TestSolutions: a step with something to find out is shown by its solution.
func TestSolutions(t *testing.T) {
	for _, step := range []int{3, 5} {
		s := on(t, step, 80, 24)
		s.until(t, "types it")
		s.Keys("enter")
		if got := s.Last(); got != (screen.Solve{}) {
			t.Errorf("step %d asks for %#v", step, got)
		}
	}
}

// TestRestart: after a reset, what was run before is forgotten.
func TestRestart(t *testing.T) {
	s := on(t, 1, 80, 24)
	s.until(t, "it ran")
	s.bench.Restarted()
	s.MustShow("20 minutes · 6 steps")
	s.until(t, "types it")
}

// TestLongOutput is shown page by page, from its beginning once the command ended.
func TestLongOutput(t *testing.T) {
	s := on(t, 1, 80, 24)
	s.bench.Started(s.now)
	for i := range 60 {
		s.bench.Write(strings.Repeat("x", i+1) + "\n")
	}
	s.MustShow(strings.Repeat("x", 60))
	s.bench.Finished(labs.Outcome{Passed: true, Checks: []labs.CheckResult{{OK: true, Title: "it is so"}}}, s.now)
	s.MustShow("$ kubectl apply", "more ↓")
	s.MustNotShow(strings.Repeat("x", 60))
	s.Keys("space", "j", "k")
	s.MustNotShow("$ kubectl apply")
	s.Keys("pgup")
	s.MustShow("$ kubectl apply")
	s.until(t, "it is so")
	s.Keys(">", "<", "pgup", "pgup", "pgup", "pgup", "pgup")
	s.MustFill(80, 24)
}

// TestNotReady: explanations can be shown while the lab is being prepared, commands cannot.
func TestNotReady(t *testing.T) {
	s := on(t, 1, 80, 24)
	s.bench.Broke("no cluster", "start one")
	s.MustShow("no cluster", "start one", "enter tries again")
	s.Keys("enter")
	if got := s.Last(); got != (screen.Reset{}) {
		t.Errorf("enter asks for %#v", got)
	}
}

// TestResize: the frame stays, and fills every size.
func TestResize(t *testing.T) {
	s := on(t, 2, 80, 24)
	s.until(t, "types it")
	s.Keys("k", "u")
	for _, size := range [][2]int{{50, 15}, {200, 60}, {61, 20}, {80, 24}} {
		s.Screen.SetSize(size[0], size[1])
		s.MustFill(size[0], size[1])
		s.MustShow("$ kubect")
	}
}
