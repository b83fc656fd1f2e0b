package present_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
	"podsec/tui/screen/present"
	"podsec/tui/screen/screentest"
	"podsec/tui/style"
)

var update = screentest.Update()

const (
	policy = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: require-labels\nspec:\n  rules:\n" +
		"  - name: check-team\n    match:\n      any:\n      - resources:\n          kinds:\n          - Pod\n    validate:\n" +
		"      failureAction: Enforce\n      message: \"label team is required\"\n      pattern:\n        metadata:\n          labels:\n            team: \"?*\"\n"
	manifest = "kind: Pod\nmetadata:\n  name: web\n  labels: {}\n"
	solved   = "kind: Pod\nmetadata:\n  name: web\n  labels:\n    team: shop\n"
	denial   = "Error from server: admission webhook \"validate.kyverno.svc-fail\" denied the request:\n\n" +
		"resource Pod/default/web was blocked due to the following policies\n\nrequire-labels:\n  check-team: 'validation error: label team is required'\n"
)

// check is a check of which only the title matters here.
type check string

func (c check) Title() string { return string(c) }

func (check) Judge(context.Context, labs.Evidence) (string, error) {
	return "", errors.New("not judged in this test")
}

// aLab has a step of every kind.
func aLab() *labs.Lab {
	return &labs.Lab{
		ID: "02-labels", Number: 2, Title: "Validate and mutate pod labels", Minutes: 20, Summary: "Refuse what has no owner, then write the owner on it.",
		Intro: "Every cluster has pods that nobody can explain. Who pays for them? A label would say it.\n\nIn this lab you\n\n1. **validate**: refuse workloads without the label, and\n2. **mutate**: add it on the way in.\n",
		Steps: []labs.Step{
			{ID: "read", Title: "Why labels", Kind: labs.Read, Prose: "A label names the team."},
			{
				ID: "apply", Title: "Require the label", Kind: labs.Run, File: "policy.yaml", Prose: "The **pattern** has the shape of the object.",
				Command: "kubectl apply -f policy.yaml", Checks: []labs.Check{check("the policy require-labels is ready")},
			},
			{
				ID: "denied", Title: "Run a pod without it", Kind: labs.Predict, Prose: "Nothing dramatic, just a pod.",
				Command: "kubectl run web --image=public.ecr.aws/nginx/nginx:1.29\nkubectl get pods",
				Question: &labs.Question{Text: "What will `kubectl` say?", Choices: []labs.Choice{
					{Text: "The pod is created, and a report says that it should not be there", Reply: "That is what *Audit* does."},
					{Text: "The pod is refused", Right: true, Reply: "Yes. The policy says Enforce, and the pod has no team."},
					{Text: "The pod gets a label", Reply: "A policy that validates changes nothing."},
				}},
				Checks: []labs.Check{check("the pod is denied"), check("there is no pod web")},
			},
			{
				ID: "repair", Title: "Repair it", Kind: labs.Edit, File: "pod.yaml", Prose: "Say who owns the pod.", Command: "kubectl apply -f pod.yaml",
				Solution: labs.Solution{File: "solved.yaml"}, Checks: []labs.Check{check("the pod web has a team")},
			},
			{ID: "older", Title: "The older way", Kind: labs.Run, Edition: "2023", Prose: "An older edition.", Command: "kubectl run old"},
			{
				ID: "goal", Title: "Find it", Kind: labs.Explore, Prose: "Which team has no pods?", Checks: []labs.Check{check("the pods were listed by team")},
				Solution: labs.Solution{Command: "kubectl get pods -L team"},
			},
			{ID: "end", Title: "What to remember", Kind: labs.Recap, Prose: "- One thing.\n- Another.\n"},
		},
	}
}

// stage is a presentation on which commands are played.
type stage struct {
	*screentest.Driver
	bench *lab.Model
	now   time.Time
}

// on returns the presentation of a lab that is open, at a step.
func on(t *testing.T, step, width, height int) *stage {
	t.Helper()
	st := style.New(true)
	s := &stage{bench: lab.New(aLab(), step, nil, st), now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}
	s.bench.SetFiles(map[string]string{"policy.yaml": policy, "pod.yaml": manifest, "solved.yaml": solved})
	s.bench.Begin("preparing the lab", s.now)
	s.bench.Opened(step)
	s.bench.SetText(3, manifest)
	m := present.New(present.Options{
		Bench: s.bench, Speed: 20, Next: 3, NextTitle: "3 Restrict image registries", Now: func() time.Time { return s.now },
	}, st)
	s.Driver = screentest.New(t, m, width, height)
	s.Follow(m.Open())
	return s
}

// until goes on until something is shown.
func (s *stage) until(t *testing.T, want string) {
	t.Helper()
	for range 60 {
		if strings.Contains(s.Plain(), want) {
			return
		}
		s.goOn()
	}
	t.Fatalf("%q did not come; the screen shows\n%s", want, s.Plain())
}

// goOn presses the key that a clicker has, and plays what is asked for.
func (s *stage) goOn() {
	s.Keys("space")
	switch s.Last().(type) {
	case screen.Run, screen.Solve:
		s.Asked = nil
		s.play()
	}
}

// play runs the step's command.
func (s *stage) play() {
	step := s.bench.Step()
	s.bench.Started(s.now)
	o := labs.Outcome{Passed: true}
	if step.ID == "denied" {
		s.bench.Write(denial)
		o.Exit = 1
	} else {
		s.bench.Write("it ran\n")
	}
	for _, c := range step.Checks {
		o.Checks = append(o.Checks, labs.CheckResult{OK: true, Title: c.Title()})
	}
	s.bench.Finished(o, s.now.Add(300*time.Millisecond))
}

// TestFrames compares what a room sees.
func TestFrames(t *testing.T) {
	for name, scene := range map[string]struct {
		step int
		play func(t *testing.T, s *stage)
	}{
		"title":     {0, func(t *testing.T, s *stage) {}},
		"paragraph": {0, func(t *testing.T, s *stage) { s.until(t, "explain") }},
		"list":      {0, func(t *testing.T, s *stage) { s.until(t, "refuse workloads") }},
		"policy":    {1, func(t *testing.T, s *stage) { s.until(t, "kind: ClusterPolicy") }},
		"command": {2, func(t *testing.T, s *stage) {
			s.until(t, "types it")
			s.Keys("k", "u", "b", "e", "q", "b", "s", "x", "x")
		}},
		"question": {2, func(t *testing.T, s *stage) {
			s.until(t, "What will kubectl say?")
			s.Keys("1")
		}},
		"output": {2, func(t *testing.T, s *stage) { s.until(t, "svc-fail") }},
		"reveal": {2, func(t *testing.T, s *stage) {
			s.until(t, "What will kubectl say?")
			s.Keys("1")
			s.goOn()
			s.until(t, "Enforce, and")
		}},
		"checks":  {2, func(t *testing.T, s *stage) { s.until(t, "there is no pod web") }},
		"running": {1, func(t *testing.T, s *stage) { s.bench.Started(s.now); s.bench.Write("half of ") }},
		"goal":    {5, func(t *testing.T, s *stage) { s.until(t, "The goal") }},
		"solution": {3, func(t *testing.T, s *stage) {
			s.until(t, "team: shop")
		}},
		"edit": {3, func(t *testing.T, s *stage) {
			s.Keys("e")
			s.Type("a: [")
		}},
		"late": {1, func(t *testing.T, s *stage) {
			s.now = s.now.Add(7 * time.Minute)
			s.Fire("clock")
		}},
		"end":    {6, func(t *testing.T, s *stage) { s.until(t, "Next: 3 Restrict") }},
		"black":  {0, func(t *testing.T, s *stage) { s.Keys("b") }},
		"broken": {0, func(t *testing.T, s *stage) { s.bench.Broke("the cluster does not answer", "Is it running?") }},
	} {
		screentest.Frames(t, *update, name, func(t *testing.T, width, height int) *screentest.Driver {
			s := on(t, scene.step, width, height)
			scene.play(t, s)
			return s.Driver
		})
	}
}
