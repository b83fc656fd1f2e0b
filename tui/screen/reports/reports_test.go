package reports_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"podsec/engine"
	"podsec/engine/fix"
	whys "podsec/engine/why"
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/screen/reports"
	"podsec/tui/screen/screentest"
	"podsec/tui/style"
)

var update = screentest.Update()

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func result(policy, rule, result, severity, message string) kube.ReportResult {
	return kube.ReportResult{Policy: policy, Rule: rule, Result: result, Severity: severity, Message: message, Time: noon.Add(-5 * time.Minute)}
}

// busy is a cluster in which something is wrong.
func busy() kube.State {
	levels := result("levels", "baseline", "fail", "high", `Validation rule 'baseline' failed. It violates PodSecurity "baseline:latest": hostNetwork`)
	levels.Properties = map[string]string{"controls": "Host Namespaces", "standard": "baseline"}
	return kube.State{
		Kyverno: true,
		Reports: []kube.Report{
			{Kind: "Namespace", Name: "shop", Pass: 1, Results: []kube.ReportResult{result("labels", "enforced", "pass", "", "rule passed")}},
			{Kind: "Deployment", Namespace: "shop", Name: "web", Fail: 2, Pass: 1, Results: []kube.ReportResult{
				result("no-host", "autogen-network", "pass", "medium", "rule passed"), levels,
				result("shop/own", "registry", "fail", "medium", "registry"),
			}},
			{Kind: "Pod", Namespace: "default", Name: "redis", Warn: 1, Error: 1, Skips: 1, Results: []kube.ReportResult{
				result("no-host", "network", "warn", "low", "not scored"), result("labels", "team", "error", "", "variable substitution failed"),
				result("levels", "baseline", "skip", "", "excluded"),
			}},
		},
		Events: []kube.Event{
			{Time: noon.Add(-time.Minute), Object: "clusterpolicy/require-labels", Blocked: true, Count: 2,
				Message: "Pod default/web: [check-team] fail (blocked); validation error: label team is required. rule check-team failed at path /metadata/labels/team/"},
			{Time: noon, Object: "pod/x", Message: "an audit failure", Count: 1},
		},
	}
}

// cluster is a Source.
type cluster struct {
	forecast *inspect.Forecast
	err      error
	asked    []inspect.Question
}

func (c *cluster) Explain(_ context.Context, q inspect.Question) ([]inspect.Answer, error) {
	c.asked = append(c.asked, q)
	e := &whys.Explanation{Validate: []whys.Rule{{
		Policy: "levels", Name: "baseline", Path: "spec.rules[0]", Outcome: whys.Fails, Effect: whys.Reports,
		Checks: []whys.Check{{
			Phase: engine.PhasePodSecurity, Field: "spec.template.spec.hostNetwork", Found: "true",
			Control: &whys.Control{Name: "Host Namespaces", Level: "baseline", Version: "v1.0"},
		}},
	}}}
	return []inspect.Answer{{Explanation: e, Ref: q.Ref, Stored: true}}, c.err
}

func (c *cluster) Predict(context.Context) (*inspect.Forecast, error) { return c.forecast, c.err }

func (c *cluster) Fix(context.Context, inspect.Answer) (*fix.Fix, error) {
	return &fix.Fix{Proven: true, Changes: []fix.Change{{Field: "spec.template.spec.hostNetwork", Value: false, For: []string{"levels/baseline"}}}}, c.err
}

func opened(t testing.TB, c *cluster, s kube.State, width, height int) *screentest.Driver {
	t.Helper()
	m := reports.New(c, func() time.Time { return noon }, style.New(true))
	d := screentest.New(t, m, width, height)
	m.SetState(s)
	d.Follow(m.Open())
	return d
}

func TestFrames(t *testing.T) {
	at := func(keys ...string) func(t *testing.T, w, h int) *screentest.Driver {
		return func(t *testing.T, w, h int) *screentest.Driver {
			d := opened(t, &cluster{}, busy(), w, h)
			m, _ := d.Screen.(*reports.Model)
			worse := busy()
			worse.Reports[2].Fail = 4
			m.SetState(worse)
			d.Fire("wait")
			d.Keys(keys...)
			return d
		}
	}
	foretold := func(keys ...string) func(t *testing.T, w, h int) *screentest.Driver {
		return func(t *testing.T, w, h int) *screentest.Driver {
			d := opened(t, &cluster{forecast: expected()}, busy(), w, h)
			d.Fire("predict")
			d.Fire("wait")
			d.Keys(keys...)
			return d
		}
	}
	for name, play := range map[string]func(t *testing.T, w, h int) *screentest.Driver{
		"scan":       foretold(),
		"differing":  foretold("d"),
		"expected":   foretold("a"),
		"told":       foretold("d", "enter"),
		"policies":   at(),
		"namespaces": at("b"),
		"lines":      at("a"),
		"detail":     at("enter", "enter"),
		"blocked":    at("x"),
		"refusal":    at("x", "enter"),
		"none": func(t *testing.T, w, h int) *screentest.Driver {
			return opened(t, &cluster{}, kube.State{Kyverno: true}, w, h)
		},
		"without": func(t *testing.T, w, h int) *screentest.Driver { return opened(t, &cluster{}, kube.State{}, w, h) },
	} {
		screentest.Frames(t, *update, name, play)
	}
}

// TestWay goes from a group to the field that a line is about, and back.
func TestWay(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 100, 30)
	d.MustShow("Reports › by policy", "✗ 2 fail", "! 1 error", "! 1 warn", "✓ 2 pass", "1 skip", "▸ labels")
	d.Keys("down", "enter")
	d.MustShow("policy levels", "✗ fail  Deployment shop/web", "○ skip")
	d.MustNotShow("no-host")
	d.Keys("enter")
	d.MustShow(
		"Host Namespaces", "standard", "5m ago", "spec.template.spec.hostNetwork: true (Host Namespaces)",
		`Control "Host Namespaces" of the level baseline, since v1.0`, "✓ Proven", "set spec.template.spec.hostNetwork: false",
	)
	if got := c.asked[0].Ref; got != (inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}) {
		t.Errorf("asked for %+v", got)
	}
	d.Keys("w")
	want := screen.Show{Screen: screen.Why, About: screen.Subject{Kind: "Deployment", Namespace: "shop", Name: "web", Policy: "levels", Rule: "baseline"}}
	if d.Last() != want {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("y")
	if got, ok := d.Last().(screen.Copy); !ok || !strings.Contains(got.Text, "violates") {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("esc", "esc", "esc")
	if d.Last() != (screen.Back{}) {
		t.Errorf("asked %+v", d.Last())
	}
}

func TestGroups(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 100, 30)
	for _, want := range [][]string{
		{"by namespace", "shop", "default", "(cluster)"}, {"by severity", "high", "(none)"},
		{"by result", "fail", "skip"}, {"by object", "Deployment shop/web"}, {"by policy", "shop/own"},
	} {
		d.Keys("b")
		d.MustShow(want...)
	}
}

func TestSearch(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 100, 30)
	d.Type("/redis err")
	d.MustShow("1 found", "variable substitution failed")
	d.MustNotShow("shop/web")
	d.Type("zzz")
	d.MustShow("Nothing found")
	d.Keys("esc")
	d.MustShow("shop/web")
}

func TestBlocked(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 120, 30)
	d.MustShow("Blocked requests", "×2  60s ago", "require-labels")
	d.Keys("x", "enter")
	d.MustShow("blocked by require-labels", "no report is about it")
	d.Keys("w")
	want := screen.Show{Screen: screen.Why, About: screen.Subject{Kind: "Pod", Namespace: "default", Name: "web", Policy: "require-labels", Refused: busy().Events[0].Message}}
	if d.Last() != want {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("esc", "esc")
	d.MustShow("by policy")
}

// TestTrend says that failures are counted since the lab began, also while the screen is not shown.
func TestTrend(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 100, 30)
	m, _ := d.Screen.(*reports.Model)
	s := busy()
	s.Reports[1].Fail = 8
	m.SetState(s)
	m.SetState(s)
	d.Fire("wait")
	d.MustShow("failures ▂█ 2 → 8")
	m.Started()
	d.MustNotShow("→ 8")
}

// TestNoStateIsLost: a state is shown though the job that read it was replaced.
func TestNoStateIsLost(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 100, 30)
	m, _ := d.Screen.(*reports.Model)
	s := busy()
	for i := range s.Reports {
		s.Reports[i].Name = "renamed"
	}
	m.SetState(s)
	d.Replace("wait")
	d.Keys("a", "enter", "esc") // looks at a line, and waits again
	d.Fire("wait")
	d.MustShow("renamed")
}

func TestProblem(t *testing.T) {
	d := opened(t, &cluster{err: errors.New("not\x1b[2J found")}, busy(), 100, 30)
	d.Keys("a", "enter")
	d.MustShow("✗ not found")
}

// TestHostile says that nothing from a report steers the terminal, at any size.
func TestHostile(t *testing.T) {
	evil := "\x1b[2Je\av\ni\tl\r\u202e日本"
	s := kube.State{Kyverno: true, Events: []kube.Event{{Object: evil, Message: evil, Blocked: true}}, Reports: []kube.Report{{
		Kind: evil, Namespace: evil, Name: evil, Fail: 1,
		Results: []kube.ReportResult{{Policy: evil, Rule: evil, Result: evil, Severity: evil, Message: evil, Properties: map[string]string{evil: evil}}},
	}}}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {50, 15}, {20, 6}, {4, 3}} {
		for _, keys := range [][]string{nil, {"a"}, {"a", "enter"}, {"x"}, {"x", "enter"}, {"b", "b"}} {
			d := opened(t, &cluster{}, s, size[0], size[1])
			d.Keys(keys...)
			d.MustFill(size[0], size[1])
		}
	}
}

func TestMouse(t *testing.T) {
	d := opened(t, &cluster{}, busy(), 120, 30)
	m, _ := d.Screen.(*reports.Model)
	m.Wheel(0, 4, 1)
	d.MustShow("▸ levels")
	d.Follow(m.Click(4, 3))
	d.MustShow("▸ labels")
	d.Follow(m.Click(4, 3))
	d.MustShow("policy labels")
	d.Keys("esc")
	d.Follow(m.Click(100, 5))
	d.MustShow("blocked requests")
}

// many is a cluster with 10,000 reports.
func many() kube.State {
	s := kube.State{Kyverno: true}
	for i := range 10_000 {
		outcome := "pass"
		if i%10 == 0 {
			outcome = "fail"
		}
		s.Reports = append(s.Reports, kube.Report{
			Kind: "Pod", Namespace: fmt.Sprintf("ns-%d", i%50), Name: fmt.Sprintf("web-%05d", i),
			Results: []kube.ReportResult{
				result("levels", "baseline", outcome, "high", "Validation rule 'baseline' said what it says of such a pod"),
				result(fmt.Sprintf("policy-%d", i%19), "rule", "pass", "", "rule passed"),
			},
		})
	}
	return s
}

// BenchmarkTenThousand measures the first frame with 10,000 reports, how long they take beside the app, and a key to its
// frame.
func BenchmarkTenThousand(b *testing.B) {
	s := many()
	b.Run("open", func(b *testing.B) {
		for range b.N {
			opened(b, &cluster{}, s, 120, 40).Screen.View()
		}
	})
	for _, keys := range [][]string{{"down"}, {"b"}, {"a", "esc"}, {"a", "pgdown", "/", "9", "esc", "esc"}} {
		b.Run(strings.Join(keys, " "), func(b *testing.B) {
			d := opened(b, &cluster{}, s, 120, 40)
			d.Fire("wait")
			b.ResetTimer()
			for i := range b.N {
				d.Keys(keys[i%len(keys)])
				d.Screen.View()
			}
		})
	}
	b.Run("another state", func(b *testing.B) {
		d := opened(b, &cluster{}, s, 120, 40)
		m, _ := d.Screen.(*reports.Model)
		for range b.N {
			m.SetState(s)
			d.Fire("wait")
			d.Screen.View()
		}
	})
}

// expected is what the scan of busy will say: one line otherwise, one that is not there, and two objects more.
func expected() *inspect.Forecast {
	line := func(policy, rule, result, message string) inspect.Line {
		return inspect.Line{Policy: policy, Rule: rule, Result: result, Message: message}
	}
	of := func(kind, namespace, name string, lines ...inspect.Line) inspect.Prediction {
		return inspect.Prediction{Ref: inspect.Ref{Kind: kind, Namespace: namespace, Name: name}, Lines: lines}
	}
	return &inspect.Forecast{
		Policies: map[string]bool{"labels": true, "no-host": true, "shop/own": true},
		Predictions: []inspect.Prediction{
			of("Namespace", "", "shop", line("labels", "enforced", "pass", "rule passed")),
			of("Deployment", "shop", "web", line("no-host", "autogen-network", "fail", "hostNetwork must not be used"), line("shop/own", "registry", "fail", "another registry")),
			of("Pod", "default", "redis", line("no-host", "network", "warn", "not scored"), line("labels", "owner", "pass", "rule passed")),
			of("Pod", "shop", "cart", line("no-host", "network", "pass", "rule passed"), line("labels", "team", "fail", "say the team")),
			of("Pod", "shop", "till", line("labels", "team", "pass", "rule passed")),
		},
	}
}

// TestPredictions: the progress of the scan, what is predicted beside what was said, and what differs.
func TestPredictions(t *testing.T) {
	c := &cluster{}
	d := opened(t, c, busy(), 120, 30)
	d.MustNotShow("objects reported", "Predicted", "To come")
	c.forecast = expected()
	d.Fire("predict")
	d.Fire("wait")
	d.MustShow("2 of 5 objects reported", "our prediction: ! 3 differ d", "To come", "Differ")
	d.Keys("d")
	d.MustShow("prediction differs", "! fail", "! message", "! nothing")
	d.MustNotShow("shop/cart")
	d.Keys("enter")
	d.MustShow("Predicted")
	d.Keys("esc", "esc", "a")
	d.MustShow("○ to come  fail", "Pod shop/cart", "✓ pass     pass       Namespace shop")
	d.Keys("/")
	d.Type("cart fail")
	d.MustNotShow("shop/till")
	m, _ := d.Screen.(*reports.Model)
	done := busy()
	done.Reports = []kube.Report{{Kind: "Pod", Namespace: "shop", Name: "till", Results: []kube.ReportResult{result("labels", "team", "pass", "", "rule passed")}}}
	c.forecast = &inspect.Forecast{Policies: map[string]bool{"labels": true}, Predictions: expected().Predictions[4:]}
	m.SetState(done)
	d.Keys("esc", "esc")
	d.Follow(m.Open()) // another time: it is predicted at once
	d.Fire("predict")
	d.Fire("wait")
	d.MustShow("1 of 1 objects reported", "✓ as predicted")
	d.Keys("d")
	if _, ok := d.Last().(screen.Tell); !ok {
		t.Errorf("asked %+v", d.Last())
	}
}

// TestNoPrediction says why there is none, and goes on without.
func TestNoPrediction(t *testing.T) {
	d := opened(t, &cluster{err: errors.New("list clusterpolicies: no\x1b[2J answer")}, busy(), 100, 30)
	d.Fire("predict")
	d.MustShow("Not predicted: list clusterpolicies: no answer", "✗ 2 fail")
	if told := d.Screen.Key(screentest.Key("d")); told != (screen.Tell{Text: "there is no prediction yet"}) {
		t.Errorf("it says %v", told)
	}
}

// TestNoReportsOfPolicies does not ask for a policy where there is one.
func TestNoReportsOfPolicies(t *testing.T) {
	s := kube.State{Kyverno: true}
	opened(t, &cluster{}, s, 80, 24).MustShow("No reports yet", "Apply a policy")
	s.Policies = []kube.Policy{{Kind: "ClusterPolicy", Name: "one"}}
	d := opened(t, &cluster{}, s, 80, 24)
	d.MustShow("No reports yet", "So far there is none")
	d.MustNotShow("Apply a policy")
}
