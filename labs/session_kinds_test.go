package labs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const kindsLab = `---
title: T
summary: S.
minutes: 1
---

Intro.

## Make

Text.

` + "```step" + `
run: make
checks: [exit: 0]
hints: [h]
` + "```" + `

## Repair

Text.

` + "```step" + `
edit: sub/pod.yaml
run: apply sub/pod.yaml
checks: [exit: 0]
mistakes:
  - when:
      - written: {path: '{.metadata.labels.team}', equals: wrong}
      - exit: 0
    says: never
    try: {file: wrong.yaml}
  - when: [written: {path: '{.metadata.labels.team}', equals: wrong}]
    says: The team is *wrong*.
    try: {file: wrong.yaml}
  - when: [written: {path: '{.metadata.name}', exists: true}]
    says: too late
    try: {file: wrong.yaml}
hints: [first, second]
solution: {file: solved.yaml}
` + "```" + `

## Roam

Text.

` + "```step" + `
goal: true
checks: [denied: {policy: require-labels, rule: check-team}]
mistakes:
  - {when: [exit: 3], says: That is another one., try: {run: lose}}
hints: [h]
solution: {run: deny}
` + "```" + `

## Guess

Text.

` + "```step" + `
ask: What?
choices: [{text: a, right: true}, {text: b}]
run: guess
checks: [exit: 0]
hints: [h]
` + "```" + `

## Remember

Text.

` + "```step" + `
kind: recap
` + "```" + `
`

func podOf(team string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {team: %q}}}\n", team)
}

// desk is the shell of the lab above: it notes its lines, and takes a file in which a team is good.
type desk struct {
	lines []string
	dirs  []string
}

// Run answers to the lines of the lab.
func (d *desk) Run(_ context.Context, dir, line string, _ []string, stdout, _ io.Writer) (int, error) {
	d.lines, d.dirs = append(d.lines, line), append(d.dirs, dir)
	switch line {
	case "apply sub/pod.yaml":
		text, err := os.ReadFile(filepath.Join(dir, "sub", "pod.yaml"))
		if err != nil || !strings.Contains(string(text), "good") {
			return 1, nil
		}
	case "deny":
		_, _ = io.WriteString(stdout, deniedOutput)
		return 1, nil
	case "lose":
		return 3, nil
	case "break":
		return 1, errors.New("no shell")
	}
	return 0, nil
}

// openKinds opens the lab above; options go to the session.
func openKinds(t *testing.T, options ...Option) (*Session, *desk) {
	t.Helper()
	lab, err := Parse(fstest.MapFS{
		"01-t/lab.md":       {Data: []byte(kindsLab)},
		"01-t/sub/pod.yaml": {Data: []byte(podOf("none"))},
		"01-t/wrong.yaml":   {Data: []byte(podOf("wrong"))},
		"01-t/solved.yaml":  {Data: []byte(podOf("good"))},
	}, "01-t")
	if err != nil {
		t.Fatal(err)
	}
	view, _ := fakeView()
	d := &desk{}
	s := &Session{lab: lab, cluster: &testCluster{}, shell: d, view: view}
	for _, option := range options {
		option(s)
	}
	if s, err = open(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, d
}

// TestEdit: what the learner writes decides; known mistakes are told; the version that passed can be had back.
func TestEdit(t *testing.T) {
	s, _ := openKinds(t)
	text := func(want string) {
		t.Helper()
		if got, err := s.Text(1); got != want || err != nil {
			t.Errorf("the file is %q, error %v; want %q", got, err, want)
		}
	}
	save := func(text string) {
		t.Helper()
		if err := s.Save(1, text); err != nil {
			t.Fatal(err)
		}
	}
	run := func(passed bool, mistake, hint string) {
		t.Helper()
		o, err := s.Run(t.Context(), 1, io.Discard)
		if err != nil || o.Passed != passed || o.Mistake != mistake || o.Hint != hint {
			t.Errorf("outcome %+v, error %v; want %t, %q, %q", o, err, passed, mistake, hint)
		}
	}
	restore := func() {
		t.Helper()
		if err := s.Restore(1); err != nil {
			t.Fatal(err)
		}
	}
	text(podOf("none"))
	run(false, "too late", "first")
	save(podOf("wrong"))
	run(false, "The team is *wrong*.", "second")
	save("not: [yaml")
	run(false, "", "second")
	restore() // nothing passed yet
	text(podOf("none"))
	save(podOf("good enough"))
	run(true, "", "")
	save(podOf("wrong"))
	restore()
	text(podOf("good enough"))
	restore()
	text(podOf("none"))
	restore()
	text(podOf("good enough"))
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	text(podOf("none"))
	restore()
	text(podOf("good enough"))
	if path := s.Path(1); path != filepath.Join(s.Dir(), "sub", "pod.yaml") || s.Path(0) != "" || s.Path(9) != "" {
		t.Errorf("paths %q, %q, %q", path, s.Path(0), s.Path(9))
	}
}

// TestEditedElsewhere: a version that an editor wrote counts and is kept like one that was saved; so is one in a folder
// that has to be made again.
func TestEditedElsewhere(t *testing.T) {
	s, _ := openKinds(t)
	if err := os.WriteFile(s.Path(1), []byte(podOf("good")), 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Run(t.Context(), 1, io.Discard); err != nil || !o.Passed {
		t.Errorf("outcome %+v, error %v", o, err)
	}
	if err := os.RemoveAll(filepath.Dir(s.Path(1))); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Run(t.Context(), 1, io.Discard); err != nil || o.Passed {
		t.Errorf("without its file: outcome %+v, error %v", o, err)
	}
	if err := s.Restore(1); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Text(1); got != podOf("good") || err != nil {
		t.Errorf("the file is %q, error %v", got, err)
	}
}

// TestFileErrors: what there is nothing to do with says so.
func TestFileErrors(t *testing.T) {
	s, _ := openKinds(t)
	for what, got := range map[string]error{
		"write file of step make: there is nothing to edit":   s.Save(0, ""),
		"restore file of step roam: there is nothing to edit": s.Restore(2),
		"write file of step 7: the lab has 5 steps":           s.Save(7, ""),
		"read file of step make: it has none":                 errorOf(s.Text(0)),
		"read file of step -1: the lab has 5 steps":           errorOf(s.Text(-1)),
		"enter step 5: the lab has 5 steps":                   s.Enter(t.Context(), 5, nil),
		"solve step 5: the lab has 5 steps":                   errorOf(s.Solve(t.Context(), 5, nil)),
		"run line: no shell":                                  errorOf(s.Exec(t.Context(), "break", io.Discard)),
	} {
		if got == nil || got.Error() != what {
			t.Errorf("error %v, want %s", got, what)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// TestEnter: everything before the step is done, in order and from a clean start.
func TestEnter(t *testing.T) {
	s, d := openKinds(t)
	for range 2 {
		var told []string
		d.lines = nil
		if err := s.Enter(t.Context(), 4, func(done, of int) { told = append(told, fmt.Sprint(done, "/", of)) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"make", "apply sub/pod.yaml", "deny", "guess"}, d.lines); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"0/4", "1/4", "2/4", "3/4", "4/4"}, told); diff != "" {
			t.Error(diff)
		}
	}
	if resets := len(s.cluster.(*testCluster).resets); resets != 3 {
		t.Errorf("%d resets", resets)
	}
	for i := range 4 {
		results, err := s.Check(t.Context(), i)
		if done := passed(results); err != nil || done != (i != 2) { // what the learner typed there is forgotten
			t.Errorf("step %d is done: %t, error %v", i, done, err)
		}
	}
	if err := s.Enter(t.Context(), 0, nil); err != nil || s.answers[0].Ran {
		t.Errorf("entered at the start: %+v, error %v", s.answers, err)
	}
}

// TestEnterStops when its context ends.
func TestEnterStops(t *testing.T) {
	s, d := openKinds(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Enter(ctx, 4, func(done, _ int) {
		if done == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(d.lines) > 3 {
		t.Errorf("error %v after %q", err, d.lines)
	}
}

// TestComeBack: another session finds what was written in this one, and goes on with it.
func TestComeBack(t *testing.T) {
	keep := filepath.Join(t.TempDir(), "new", "folder")
	first, _ := openKinds(t, KeepIn(keep))
	own := podOf("good, my way")
	for _, text := range []string{own, podOf("in the middle of")} {
		if err := first.Save(1, text); err != nil {
			t.Fatal(err)
		}
		if _, err := first.Run(t.Context(), 1, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		step  int
		reset bool
		want  string
	}{
		"at the step":     {step: 1, want: podOf("in the middle of")},
		"after it":        {step: 2, want: own},
		"reset, there":    {step: 1, reset: true, want: podOf("none")},
		"reset, after it": {step: 2, reset: true, want: own},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(keep, "repair", "draft"), []byte(podOf("in the middle of")), 0o600); err != nil {
				t.Fatal(err)
			}
			s, _ := openKinds(t, KeepIn(keep))
			if tt.reset {
				if err := s.Reset(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Enter(t.Context(), tt.step, nil); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Text(1); got != tt.want || err != nil {
				t.Errorf("the file is %q, error %v; want %q", got, err, tt.want)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(keep, "repair", "passed"), []byte(podOf("no longer right")), 0o600); err != nil {
		t.Fatal(err)
	}
	s, d := openKinds(t, KeepIn(keep))
	if err := s.Enter(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Text(1); got != podOf("good") || len(d.lines) != 3 {
		t.Errorf("a version that does not pass any more is used: %q after %q", got, d.lines)
	}
}

// TestSolve solves steps of each kind.
func TestSolve(t *testing.T) {
	s, d := openKinds(t)
	for i, want := range []int{0, 0, 1, 0, 0} {
		var out bytes.Buffer
		o, err := s.Solve(t.Context(), i, &out)
		if err != nil || !o.Passed || o.Exit != want {
			t.Errorf("step %d: %+v, error %v", i, o, err)
		}
		if denied := out.String() == deniedOutput; denied != (i == 2) {
			t.Errorf("step %d printed %q", i, out.String())
		}
	}
	if diff := cmp.Diff([]string{"make", "apply sub/pod.yaml", "deny", "guess"}, d.lines); diff != "" {
		t.Error(diff)
	}
	if err := s.Save(1, podOf("none")); err != nil {
		t.Fatal(err)
	}
	if err := s.Restore(1); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Text(1); got != podOf("good") {
		t.Errorf("the solution is not what passed last: %q", got)
	}
}

// TestGoal: the learner's own last line is what a step with a goal is judged by.
func TestGoal(t *testing.T) {
	s, _ := openKinds(t)
	for _, tt := range []struct {
		line    string
		exit    int
		passed  bool
		mistake string
		missing string
	}{
		{missing: notRun},
		{line: "look", missing: "it was not denied"},
		{line: "lose", exit: 3, mistake: "That is another one.", missing: "it failed with exit status 3, but was not denied"},
		{line: "deny", exit: 1, passed: true},
	} {
		if tt.line != "" {
			if exit, err := s.Exec(t.Context(), tt.line, io.Discard); exit != tt.exit || err != nil {
				t.Errorf("%s: exit %d, error %v", tt.line, exit, err)
			}
		}
		o, err := s.Run(t.Context(), 2, io.Discard)
		if err != nil || o.Passed != tt.passed || o.Mistake != tt.mistake || o.Checks[0].Missing != tt.missing || o.Exit != tt.exit {
			t.Errorf("%s: %+v, error %v", tt.line, o, err)
		}
	}
	if s.Cwd() != s.Dir() {
		t.Errorf("the next line starts in %s", s.Cwd())
	}
}

// TestNoted: what steps take is noted, and the first answer to a question.
func TestNoted(t *testing.T) {
	progress, _, err := OpenProgress(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := openKinds(t, NoteIn(progress))
	if err := s.Save(1, podOf("wrong")); err != nil {
		t.Fatal(err)
	}
	for _, do := range []func(context.Context, int, io.Writer) (Outcome, error){s.Run, s.Run, s.Solve} {
		if _, err := do(t.Context(), 1, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Run(t.Context(), 4, io.Discard); err != nil {
		t.Fatal(err)
	}
	for choice, want := range []bool{true, false} {
		if right, err := s.Answer(3, choice); right != want || err != nil {
			t.Errorf("choice %d is right: %t, error %v", choice, right, err)
		}
	}
	for _, at := range [][2]int{{3, 2}, {3, -1}, {0, 0}, {9, 0}} {
		if _, err := s.Answer(at[0], at[1]); err == nil {
			t.Errorf("choice %d of step %d was taken", at[1], at[0])
		}
	}
	yes := true
	want := map[string]StepProgress{"repair": {Tries: 3, Hints: 2, Mistakes: 2, Solved: true}, "guess": {Right: &yes}}
	if diff := cmp.Diff(want, progress.Lab("test", "01-t").Steps); diff != "" {
		t.Error(diff)
	}
}
