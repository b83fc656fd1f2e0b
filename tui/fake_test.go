package tui_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing/fstest"
	"time"

	"podsec/kube"
	"podsec/labs"
)

// titleCheck is a check of which only the title matters here: sessions are played.
type titleCheck string

func (c titleCheck) Title() string { return string(c) }

func (titleCheck) Judge(context.Context, labs.Evidence) (string, error) {
	return "", errors.New("not judged in this test")
}

const policyFile = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-labels
spec:
  rules:
  - name: check-team
    match:
      any:
      - resources:
          kinds:
          - Pod
    validate:
      failureAction: Enforce
      message: "label CostCenter is required"
      pattern:
        metadata:
          labels:
            CostCenter: "?*"
`

// editFile is what a learner has to change, and solvedFile what it is to become.
const (
	editFile = `apiVersion: v1
kind: Pod
metadata:
  name: nginx
  labels: {}
`
	solvedFile = `apiVersion: v1
kind: Pod
metadata:
  name: nginx
  labels:
    CostCenter: IT
`
)

// someLabs is what the tests work through.
func someLabs() []*labs.Lab {
	files := fstest.MapFS{"require-labels.yaml": {Data: []byte(policyFile)}}
	return []*labs.Lab{
		{
			ID: "00-levels", Number: 0, Title: "Pod Security as it ships", Minutes: 20,
			Summary: "Three levels and three modes, and what a namespace's labels change.",
			Steps:   []labs.Step{{ID: "read", Title: "Three levels", Kind: labs.Read, Prose: "Read this."}},
		},
		{
			ID: "02-labels", Number: 2, Title: "Validate and mutate pod labels", Minutes: 15, Files: files,
			Summary: "A policy refuses pods that do not say who pays for them; another one adds what is missing.",
			Intro:   "Costs are charged to teams, and a label says to which one.",
			Steps: []labs.Step{
				{
					ID: "why", Title: "Why labels", Kind: labs.Read,
					Prose: "A label `CostCenter` names the team. **Nobody** sets it by hand for long:\n\n" +
						"- people forget it\n- tools do not know it\n",
				},
				{
					ID: "apply", Title: "Require the label", Kind: labs.Run, File: "require-labels.yaml",
					Prose:   "This policy wants the label on every pod. Apply it:",
					Command: "kubectl apply -f require-labels.yaml",
					Checks:  []labs.Check{titleCheck("the policy require-labels is ready")},
				},
				{
					ID: "denied", Title: "Run a pod without it", Kind: labs.Run,
					Prose:   "The API server asks Kyverno before it stores the pod. What does it answer?",
					Command: "kubectl run nginx --image=nginx:latest",
					Checks: []labs.Check{
						titleCheck("the pod was denied by require-labels/check-team"),
						titleCheck("there is no pod nginx"),
					},
					Hints: []string{"Read the last line of the answer.", "The policy must be ready first: go back a step."},
				},
				{
					ID: "older", Title: "The same, the older way", Kind: labs.Run, Edition: "2023",
					Prose: "An older edition ran a pod with the label.", Command: "kubectl run redis --labels=CostCenter=IT",
				},
				{
					ID: "allowed", Title: "Run a pod with it", Kind: labs.Run,
					Prose:   "Now with the label.",
					Command: "kubectl run nginx --image=nginx:latest --labels=CostCenter=IT\nkubectl get pods --show-labels",
				},
			},
		},
		{ID: "03-registries", Number: 3, Title: "Restrict image registries", Minutes: 10, Steps: []labs.Step{
			{ID: "a", Title: "One step", Kind: labs.Run, Command: "kubectl get pods"},
		}},
		kindsLab(),
	}
}

const denial = `Error from server: admission webhook "validate.kyverno.svc-fail" denied the request: 

resource Pod/default/nginx was blocked due to the following policies 

require-labels:
  check-team: 'validation error: label CostCenter is required. rule check-team failed at path /metadata/labels/CostCenter/'
`

// fakeSession plays a session: what a step prints and how it ends is in plays, by the step's index.
type fakeSession struct {
	mu      sync.Mutex
	plays   map[int]play
	ran     []int
	resets  int
	closed  int
	fail    error // of Reset and Check
	texts   map[int]string
	entered []int
	solved  []int
	lines   []string // of Exec
	cwd     string   // where "cd" went, "" for where it started
}

type play struct {
	prints  []string
	outcome labs.Outcome
	err     error
	gate    chan struct{} // waited for before the end, when not nil
}

func (s *fakeSession) Run(ctx context.Context, step int, out io.Writer) (labs.Outcome, error) {
	s.mu.Lock()
	p := s.plays[step]
	s.ran = append(s.ran, step)
	s.mu.Unlock()
	for _, text := range p.prints {
		if _, err := io.WriteString(out, text); err != nil {
			return labs.Outcome{}, err
		}
	}
	if p.gate != nil {
		select {
		case <-p.gate:
		case <-ctx.Done():
			return labs.Outcome{}, fmt.Errorf("run command: %w", ctx.Err())
		}
	}
	return p.outcome, p.err
}

func (s *fakeSession) Solve(ctx context.Context, step int, out io.Writer) (labs.Outcome, error) {
	s.mu.Lock()
	s.solved = append(s.solved, step)
	s.texts[step] = solvedFile
	s.mu.Unlock()
	return s.Run(ctx, step, out)
}

// Exec prints the line itself; "cd" moves, "refused" and "false" fail, and "wait" waits until it is stopped.
func (s *fakeSession) Exec(ctx context.Context, line string, out io.Writer) (int, error) {
	s.mu.Lock()
	s.lines = append(s.lines, line)
	s.mu.Unlock()
	if _, err := fmt.Fprintf(out, "ran %s\n", line); err != nil {
		return 1, err
	}
	if folder, ok := strings.CutPrefix(line, "cd "); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cwd = folder
		return 0, nil
	}
	switch line {
	case "refused":
		_, err := io.WriteString(out, denial)
		return 1, err
	case "false":
		return 1, nil
	case "wait":
		<-ctx.Done()
		return 130, ctx.Err()
	case "panic":
		panic("a bug")
	}
	return 0, nil
}

func (s *fakeSession) Complete(_ context.Context, line string) ([]string, error) {
	if strings.HasSuffix(line, "kubectl get po") {
		return []string{"pods", "policies", "podtemplates"}, nil
	}
	return []string{"kubectl"}, nil
}

func (s *fakeSession) Cwd() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.cwd, "/tmp/lab")
}

func (s *fakeSession) Enter(_ context.Context, step int, report func(done, of int)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	report(0, step)
	s.entered = append(s.entered, step)
	return s.fail
}

func (s *fakeSession) enteredAt() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.entered...)
}

func (s *fakeSession) Text(step int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts[step], s.fail
}

func (s *fakeSession) Save(step int, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[step] = text
	return s.fail
}

func (s *fakeSession) Restore(step int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[step] = editFile
	return s.fail
}

func (s *fakeSession) Path(int) string { return "/tmp/lab/file.yaml" }

func (s *fakeSession) Check(_ context.Context, step int) ([]labs.CheckResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plays[step].outcome.Checks, s.fail
}

func (s *fakeSession) Reset(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resets++
	return s.fail
}

func (s *fakeSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return nil
}

func (s *fakeSession) count() (ran []int, resets, closed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.ran...), s.resets, s.closed
}

// usual is a session in which everything goes as the lab wants it.
func usual() *fakeSession {
	return &fakeSession{texts: map[int]string{}, plays: map[int]play{
		1: {
			prints: []string{"clusterpolicy.kyverno.io/require-labels created\n"},
			outcome: labs.Outcome{Passed: true, Checks: []labs.CheckResult{
				{OK: true, Title: "the policy require-labels is ready"},
			}},
		},
		2: {
			prints: []string{denial[:40], denial[40:]},
			outcome: labs.Outcome{Exit: 1, Passed: true, Checks: []labs.CheckResult{
				{OK: true, Title: "the pod was denied by require-labels/check-team"},
				{OK: true, Title: "there is no pod nginx"},
			}},
		},
		4: {prints: []string{"pod/nginx created\n"}, outcome: labs.Outcome{Passed: true}},
	}}
}

// kept is what a fakeProgress knows of a lab.
type kept struct {
	Step string
	Done []string
}

// fakeProgress keeps progress in memory, for the cluster "simulated".
type fakeProgress struct {
	mu    sync.Mutex
	labs  map[string]kept
	err   error
	saves int
}

func (p *fakeProgress) Lab(cluster, id string) labs.LabProgress {
	known := p.get(id)
	out := labs.LabProgress{Step: known.Step, Done: map[string]time.Time{}}
	for _, step := range known.Done {
		out.Done[step] = time.Unix(0, 0)
	}
	if cluster != "simulated" {
		return labs.LabProgress{}
	}
	return out
}

func (p *fakeProgress) get(id string) kept {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.labs[id]
}

func (p *fakeProgress) Save(_, id, step string, done []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.saves++
	if p.err != nil {
		return p.err
	}
	if p.labs == nil {
		p.labs = map[string]kept{}
	}
	p.labs[id] = kept{Step: step, Done: done}
	return nil
}

// before and after are the cluster's states around the step that is denied.
func before() kube.State {
	return kube.State{
		Kyverno: true,
		Namespaces: []kube.Namespace{
			{Name: "default", Phase: "Active"}, {Name: "kube-system", Phase: "Active"},
			{Name: "shop", Phase: "Active", PSA: map[string]string{"enforce": "baseline", "warn": "restricted"}},
		},
		Workloads: []kube.Workload{
			{Kind: "Deployment", Namespace: "kyverno", Name: "kyverno-admission-controller", Ready: 1, Desired: 1},
			{Kind: "Deployment", Namespace: "shop", Name: "ui", Ready: 1, Desired: 1},
		},
		Policies: []kube.Policy{{
			Kind: "ClusterPolicy", Name: "require-labels", Ready: true,
			Actions: []string{"Enforce"}, Types: []string{"validate"},
		}},
		Reports: []kube.Report{{Kind: "Deployment", Namespace: "shop", Name: "ui", Fail: 1}},
	}
}

func after() kube.State {
	s := before()
	s.Reports = append([]kube.Report{{Kind: "Pod", Namespace: "default", Name: "redis", Pass: 1}}, s.Reports...)
	s.Events = []kube.Event{{
		Time: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Object: "clusterpolicy/require-labels", Blocked: true, Count: 1,
		Message: "Pod default/nginx: [check-team] fail (blocked); validation error: label CostCenter is required.",
	}}
	return s
}
