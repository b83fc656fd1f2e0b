package policies_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podsec/engine/why"
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/screen/policies"
	"podsec/tui/screen/screentest"
	"podsec/tui/style"
)

var update = screentest.Update()

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func busy() kube.State {
	return kube.State{
		Kyverno: true,
		Policies: []kube.Policy{
			{Kind: "ClusterPolicy", Name: "add-labels", Ready: true, Types: []string{"mutate"}, Rules: 1},
			{Kind: "ClusterPolicy", Name: "levels", Ready: true, Actions: []string{"Audit"}, Types: []string{"validate"}, Rules: 2},
			{Kind: "Policy", Namespace: "shop", Name: "own", Actions: []string{"Enforce"}, Types: []string{"validate"}, Rules: 1},
		},
		Namespaces: []kube.Namespace{
			{Name: "default"}, {Name: "shop", PSA: map[string]string{"warn": "restricted:latest", "enforce": "baseline:v1.30"}},
		},
		Reports: []kube.Report{{Kind: "Pod", Namespace: "shop", Name: "web", Results: []kube.ReportResult{
			{Policy: "levels", Result: "fail"}, {Policy: "levels", Result: "pass"}, {Policy: "levels", Result: "error"},
		}}},
	}
}

// cluster is a Source.
type cluster struct {
	err     error
	asked   []string
	changes []inspect.Change
}

func (c *cluster) Policy(_ context.Context, key string) (inspect.PolicyView, error) {
	c.asked = append(c.asked, "policy "+key)
	return inspect.PolicyView{
		Key: key, Ready: true, Message: "Ready", Actions: []string{"Audit"}, Failure: "Fail", Level: "baseline", Version: "latest",
		YAML:   "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: " + key + "\n",
		Status: "rulecount:\n  validate: 2\n",
		Generated: []inspect.GeneratedRule{
			{Name: "autogen-baseline", YAML: "name: autogen-baseline\nmatch:\n  any:\n  - resources:\n      kinds:\n      - Deployment\n"},
		},
		Events: []inspect.Event{{Time: noon.Add(-time.Minute), Reason: "PolicyViolation", Message: "Pod shop/web: [baseline] fail"}},
	}, c.err
}

func match(kind, name string, v inspect.Verdict, outcome why.Outcome, message string) inspect.Match {
	return inspect.Match{
		Ref: inspect.Ref{Kind: kind, Namespace: "shop", Name: name}, Verdict: v,
		Rules: []inspect.RuleVerdict{{Rule: "other", Outcome: why.Passes}, {Rule: "autogen-baseline", Outcome: outcome, Message: message}},
	}
}

func (c *cluster) Matches(_ context.Context, key string) (inspect.Matches, error) {
	c.asked = append(c.asked, "matches "+key)
	return inspect.Matches{Owned: 3, Found: []inspect.Match{
		match("Deployment", "web", inspect.Reported, why.Fails, "hostNetwork is forbidden"),
		match("Pod", "redis", inspect.Admitted, why.Passes, "rule passed"),
	}}, c.err
}

func (c *cluster) WhatIf(_ context.Context, change inspect.Change) (inspect.Impact, error) {
	c.changes = append(c.changes, change)
	if change.Action != "Enforce" && len(change.Labels) == 0 && change.FailurePolicy == "" {
		return inspect.Impact{Judged: 9}, c.err
	}
	return inspect.Impact{Judged: 9, Owned: 3, Away: change.FailurePolicy != "", Changed: []inspect.Difference{{
		Ref:    inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"},
		Before: inspect.Judgement{Verdict: inspect.Reported},
		After:  inspect.Judgement{Verdict: inspect.Denied, Reasons: []inspect.Reason{{Rule: "levels/autogen-baseline", Message: "hostNetwork is forbidden"}}},
	}, {
		Ref:    inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "redis"},
		Before: inspect.Judgement{Verdict: inspect.Denied, Reasons: []inspect.Reason{{Rule: "old/rule", Message: "was in the way"}}},
		After:  inspect.Judgement{Verdict: inspect.Admitted},
	}}}, c.err
}

func opened(t testing.TB, c *cluster, s kube.State, width, height int) *screentest.Driver {
	t.Helper()
	m := policies.New(c, func() time.Time { return noon }, style.New(true))
	d := screentest.New(t, m, width, height)
	m.SetState(s)
	d.Follow(m.Open())
	return d
}

func TestFrames(t *testing.T) {
	at := func(keys ...string) func(t *testing.T, w, h int) *screentest.Driver {
		return func(t *testing.T, w, h int) *screentest.Driver {
			d := opened(t, &cluster{}, busy(), w, h)
			d.Keys(keys...)
			return d
		}
	}
	for name, play := range map[string]func(t *testing.T, w, h int) *screentest.Driver{
		"list":      at(),
		"status":    at("down", "enter"),
		"yaml":      at("down", "enter", "2"),
		"autogen":   at("down", "enter", "3"),
		"matches":   at("down", "enter", "4"),
		"whatif":    at("down", "i", "right"),
		"ask":       at("down", "i"),
		"namespace": at("end", "enter", "right"),
		"without": func(t *testing.T, w, h int) *screentest.Driver {
			return opened(t, &cluster{}, kube.State{Namespaces: busy().Namespaces}, w, h)
		},
	} {
		screentest.Frames(t, *update, name, play)
	}
}

// TestWay goes through the views of a policy.
func TestWay(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	d.MustShow("3 policies", "levels", "Audit", "shop/own", "enforce baseline:v1.30, warn restricted", "no labels")
	d.Keys("down", "enter")
	d.MustShow("Policies › ClusterPolicy levels", "✓ ready", "baseline:latest", "2 written, 1 generated", "2 in the reports", "PolicyViolation 60s ago")
	d.Keys("tab")
	d.MustShow("▌YAML", "name: levels")
	d.Keys("y")
	if got, ok := d.Last().(screen.Copy); !ok || !strings.Contains(got.Text, "name: levels") {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("tab")
	d.MustShow("autogen-baseline", "- Deployment")
	d.Keys("tab")
	d.MustShow("2 objects  1 reported  1 admitted  and 3 that these made", "fails: hostNetwork is forbidden")
	d.Keys("w")
	want := screen.Show{Screen: screen.Why, About: screen.Subject{Kind: "Deployment", Namespace: "shop", Name: "web", Policy: "levels", Rule: "autogen-baseline"}}
	if d.Last() != want {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("enter")
	if want := (screen.Show{Screen: screen.Objects, About: inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}}); d.Last() != want {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("esc", "esc")
	if d.Last() != (screen.Back{}) {
		t.Errorf("asked %+v", d.Last())
	}
}

// TestWhatIf turns one knob after the other.
func TestWhatIf(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	d.Keys("down", "i")
	d.MustShow("▸ failureAction", "‹ Audit ›", "Nothing is written")
	d.Keys("right")
	d.MustShow("‹ Enforce ›", "~ is Audit", "2 of 9 would change: 1 for the worse; 3 objects that these made go with them", "levels/autogen-baseline: hostNetwork", "old/rule: was in the way")
	d.Keys("right")
	d.MustShow("Nothing is written")
	d.Keys("down", "left", "down", "right", "down", "right")
	d.MustShow("‹ Ignore ›", "while Kyverno does not answer")
	d.Keys("down", "left")
	d.MustShow("‹ Deployment shop/web ›")
	d.Keys("left")
	d.MustShow("‹ shop ›", "Nothing would change", "9 objects were judged")
	want := []inspect.Change{
		{Policy: "levels", Action: "Enforce"}, {Policy: "levels", Level: "privileged"}, {Policy: "levels", Version: "v1.24"},
		{Policy: "levels", FailurePolicy: "Ignore"},
		{Policy: "levels", Exempt: &inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}},
		{Policy: "levels", Exempt: &inspect.Ref{Namespace: "shop"}},
	}
	if diff := cmp.Diff(want, c.changes); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestNamespace(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	d.Keys("end", "enter")
	d.MustShow("Namespace shop", "‹ baseline ›", "enforce-version v1.30", "none")
	d.Keys("right", "down", "right")
	d.MustShow("~ is v1.30")
	const prefix = "pod-security.kubernetes.io/"
	want := []inspect.Change{
		{Namespace: "shop", Labels: map[string]string{prefix + "enforce": "restricted"}},
		{Namespace: "shop", Labels: map[string]string{prefix + "enforce-version": "latest"}},
	}
	if diff := cmp.Diff(want, c.changes); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	d.Keys("up", "right", "right")
	if got := c.changes[len(c.changes)-1].Labels[prefix+"enforce"]; got != "" {
		t.Errorf("the label is taken away by %q", got)
	}
}

// TestLive says that a policy that is looked at is read again when the cluster changed.
func TestLive(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	m, _ := d.Screen.(*policies.Model)
	d.Keys("down", "enter", "4")
	s := busy()
	s.Reports = nil
	m.SetState(s)
	for range 2 { // what is done first does the asking
		d.Fire("wait")
		for _, id := range []string{"read", "judge"} {
			if _, ok := d.Waiting[id]; ok {
				d.Fire(id)
			}
		}
		if len(c.asked) > 2 {
			break
		}
		m.SetState(s)
	}
	if got := strings.Join(c.asked, ", "); got != "policy levels, matches levels, policy levels, matches levels" {
		t.Errorf("asked for %s", got)
	}
}

// TestNoChangeIsLost: a policy is read again though the job that saw the change was replaced.
func TestNoChangeIsLost(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	d.Keys("down", "enter")
	d.Replace("wait")
	d.Keys("4", "1") // looks elsewhere, and waits again
	for _, id := range []string{"judge", "wait", "read"} {
		if _, waits := d.Waiting[id]; waits {
			c.asked = nil
			d.Fire(id)
		}
	}
	if got := strings.Join(c.asked, ", "); !strings.HasPrefix(got, "policy levels") {
		t.Errorf("asked for %q", got)
	}
}

func TestAbout(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	m, _ := d.Screen.(*policies.Model)
	d.Follow(m.SetAbout("shop/own"))
	d.MustShow("Policies › Policy shop/own")
}

func TestProblem(t *testing.T) {
	c := &cluster{err: errors.New("gone\x1b[2J away")}
	d := opened(t, c, busy(), 100, 30)
	d.Keys("enter")
	d.MustShow("✗ gone away")
}

// TestHostile says that nothing from a policy steers the terminal, at any size.
func TestHostile(t *testing.T) {
	evil := "\x1b[2Je\av\ni\tl\r\u202e日本"
	s := busy()
	s.Policies[0] = kube.Policy{Kind: evil, Namespace: evil, Name: evil, Actions: []string{evil}, Types: []string{evil}}
	s.Namespaces = append(s.Namespaces, kube.Namespace{Name: evil, PSA: map[string]string{"enforce": evil}})
	for _, size := range [][2]int{{120, 40}, {80, 24}, {50, 15}, {20, 6}, {4, 3}} {
		for _, keys := range [][]string{nil, {"enter"}, {"enter", "2"}, {"enter", "3"}, {"enter", "4"}, {"enter", "5", "right"}, {"end", "enter", "right"}} {
			d := opened(t, &cluster{}, s, size[0], size[1])
			d.Keys(keys...)
			d.MustFill(size[0], size[1])
		}
	}
}

func TestMouse(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 100, 30)
	m, _ := d.Screen.(*policies.Model)
	d.Follow(m.Click(4, 3))
	d.Follow(m.Click(4, 3))
	d.MustShow("ClusterPolicy levels")
	d.Follow(m.Click(13, 1))
	d.MustShow("▌YAML")
	m.Wheel(0, 5, 3)
	d.MustFill(100, 30)
}

// BenchmarkManyReports measures a state with 10,000 reports, and a key to its frame.
func BenchmarkManyReports(b *testing.B) {
	s := busy()
	for i := range 10_000 {
		s.Reports = append(s.Reports, kube.Report{Name: fmt.Sprint(i), Results: []kube.ReportResult{{Policy: "levels", Result: "fail"}}})
	}
	d := opened(b, &cluster{}, s, 120, 40)
	m, _ := d.Screen.(*policies.Model)
	b.Run("state", func(b *testing.B) {
		for range b.N {
			m.SetState(s)
			d.Screen.View()
		}
	})
	b.Run("key", func(b *testing.B) {
		for range b.N {
			d.Keys("down")
			d.Screen.View()
		}
	})
}
