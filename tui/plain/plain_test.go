package plain_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"podsec/labs"
	"podsec/tui"
	"podsec/tui/plain"
)

// session plays a lab: a step passes when it was solved, or when its number is in passes.
type session struct {
	tui.Session
	mu      sync.Mutex
	passes  map[int]bool
	entered []int
	typed   []string
	closed  int
}

func (s *session) Run(_ context.Context, step int, out io.Writer) (labs.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(out, "ran \x1b[31m%d\x1b[m without a line end", step)
	o := labs.Outcome{Passed: s.passes[step], Checks: []labs.CheckResult{{OK: s.passes[step], Title: "it is so"}}}
	if !o.Passed {
		o.Exit, o.Checks[0].Missing = 1, "it is not"
		o.Hint, o.Mistake = "Look at `the label`.", "It stands at the wrong place."
	}
	return o, nil
}

func (s *session) Solve(ctx context.Context, step int, out io.Writer) (labs.Outcome, error) {
	s.mu.Lock()
	s.passes[step] = true
	s.mu.Unlock()
	return s.Run(ctx, step, out)
}

func (s *session) Cwd() string { return "/tmp/lab/team" }

func (s *session) Exec(_ context.Context, line string, out io.Writer) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typed = append(s.typed, line)
	s.passes[2] = s.passes[2] || line == "kubectl get pods"
	fmt.Fprintln(out, "typed", line)
	return 0, nil
}

func (s *session) Enter(_ context.Context, step int, report func(done, of int)) error {
	report(0, step)
	s.entered = append(s.entered, step)
	return nil
}

func (s *session) Text(int) (string, error) { return "a: 1\nb: 2\n", nil }
func (s *session) Path(int) string          { return "/tmp/lab/f.yaml" }
func (s *session) Close() error             { s.closed++; return nil }

// store keeps progress in memory.
type store struct{ saved []string }

func (*store) Lab(string, string) labs.LabProgress { return labs.LabProgress{} }

func (s *store) Save(_, lab, step string, done []string) error {
	s.saved = append(s.saved, lab+" at "+step+" done "+strings.Join(done, ","))
	return nil
}

func aLab() *labs.Lab {
	return &labs.Lab{
		ID: "02-a", Number: 2, Title: "A lab", Minutes: 5, Intro: "Welcome to **the lab**.",
		Files: fstest.MapFS{"s.yaml": {Data: []byte("a: 2\n")}},
		Steps: []labs.Step{
			{
				ID: "guess", Title: "Guess", Kind: labs.Predict, Prose: "What is it?\n\n```yaml\nkey: value\n```\n", Command: "kubectl version",
				Question: &labs.Question{Text: "What will `kubectl` say?", Choices: []labs.Choice{
					{Text: "nothing", Reply: "It always says something."}, {Text: "a version", Right: true, Reply: "Just so."},
				}},
			},
			{
				ID: "write", Title: "Write", Kind: labs.Edit, File: "f.yaml", Command: "kubectl apply -f f.yaml", Hints: []string{"First hint."},
				Solution: labs.Solution{File: "s.yaml"},
			},
			{ID: "goal", Title: "Reach it", Kind: labs.Explore, Prose: "List the pods.", Checks: []labs.Check{goal{}}},
			{ID: "end", Title: "What you know", Kind: labs.Recap, Prose: "- One thing.\n- Another."},
		},
	}
}

type goal struct{}

func (goal) Title() string { return "the pods were listed" }

func (goal) Judge(context.Context, labs.Evidence) (string, error) { return "", nil }

// talk runs a conversation and returns what was said.
func talk(t *testing.T, s *session, p tui.Progress, answers ...string) string {
	t.Helper()
	var out bytes.Buffer
	err := plain.Run(context.Background(), tui.Options{
		Labs: []*labs.Lab{aLab()}, ClusterName: "simulated", Progress: p,
		Connect: func(context.Context) (tui.Cluster, error) {
			return tui.Cluster{Detail: "Kubernetes v1.36.3", Open: func(context.Context, *labs.Lab) (tui.Session, error) { return s, nil }}, nil
		},
		Input: strings.NewReader(strings.Join(answers, "\n") + "\n"), Output: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// must looks for texts in their order.
func must(t *testing.T, said string, want ...string) {
	t.Helper()
	rest := said
	for _, w := range want {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Fatalf("%q is not said there:\n%s", w, said)
		}
		rest = after
	}
}

func TestWholeLab(t *testing.T) {
	s, p := &session{passes: map[int]bool{0: true}}, &store{}
	said := talk(t, s, p, "2", "r", "1", "", "", "f", "", "a", "h", "h", "a", "", "", "kubectl get pods", "", "", "q")
	must(t, said,
		"The cluster is ready: Kubernetes v1.36.3.", "2. A lab. 5 minutes. 0 of 4 steps done.", "Welcome to the lab.",
		"Lab 2, step 1 of 4: Guess. A question", "    key: value", "Question: What will kubectl say?", "1. nothing", "2. a version",
		"Say first what you think", "Noted.", "ran 0 without a line end\n", "The step is done.",
		"You said: nothing. That is not so. It always says something.", "Right is: a version. Just so.",
		"step 2 of 4: Write. A file to write.", "File: /tmp/lab/f.yaml", "1: a: 1", "Does not hold: it is so. it is not.",
		"The step is not done yet.", "What went wrong: It stands at the wrong place.", "Hint: Look at the label.",
		"Take the hints first", "Hint 1: First hint.", "The file becomes:\na: 2", "Applying the solution.", "The step is done.",
		"step 3 of 4: Reach it.", "Done when: the pods were listed.", "Type a command of your own", "typed kubectl get pods", "Holds: it is so.",
		"step 4 of 4: What you know.", "- One thing.", "Lab 2 ends here. 4 steps are done.", "Type the number of a lab",
	)
	for _, r := range said {
		if r == '\x1b' || r >= 0x2500 && r < 0x2580 {
			t.Fatalf("%q is said: something is drawn", r)
		}
	}
	if last := p.saved[len(p.saved)-1]; last != "02-a at end done guess,write,goal,end" || s.closed != 1 {
		t.Errorf("kept is %q, closed %d times", last, s.closed)
	}
}

func TestGoingAbout(t *testing.T) {
	s := &session{passes: map[int]bool{}}
	said := talk(t, s, nil, "7", "", "g 3", "g 9", "b", "n", "p", "?", "echo hello", "l", "2", "q")
	must(t, said, "There is no lab 7.", "Preparing step 3", "Doing step 1 of the 2 before yours.", "step 3 of 4", "The lab has the steps 1 to 4.",
		"step 2 of 4", "step 3 of 4", "step 3 of 4", "g and a number", "typed echo hello", "Labs:", "step 1 of 4")
	if fmt.Sprint(s.entered) != "[2]" || s.closed != 2 {
		t.Errorf("entered %v, closed %d times", s.entered, s.closed)
	}
}

// TestEnds says that the end of the input, or of the context, ends the conversation and closes the lab.
func TestEnds(t *testing.T) {
	s := &session{passes: map[int]bool{}}
	talk(t, s, nil, "2")
	if s.closed != 1 {
		t.Errorf("closed %d times at the end of the input", s.closed)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, hold := io.Pipe()
	defer hold.Close()
	done := make(chan error, 1)
	go func() {
		done <- plain.Run(ctx, tui.Options{
			Labs: []*labs.Lab{aLab()}, Input: in, Output: io.Discard, Lab: "02-a",
			Connect: func(context.Context) (tui.Cluster, error) {
				return tui.Cluster{Open: func(context.Context, *labs.Lab) (tui.Session, error) { return s, nil }}, nil
			},
		})
	}()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it did not end")
	}
}
