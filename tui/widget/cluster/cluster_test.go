package cluster_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/cluster"
)

func plain(v cluster.View, width int) string {
	var lines []string
	for _, l := range cluster.Render(v, width, style.New(true)) {
		lines = append(lines, strings.TrimRight(ansi.Strip(l), " "))
	}
	return strings.Join(lines, "\n")
}

func busy() kube.State {
	return kube.State{
		Kyverno: true,
		Namespaces: []kube.Namespace{
			{Name: "default", Phase: "Active"},
			{Name: "shop", Phase: "Active", PSA: map[string]string{"warn": "restricted", "enforce": "baseline:latest", "audit": "restricted:v1.30"}},
			{Name: "old", Phase: "Terminating"},
			{Name: "kube-system", Phase: "Active"},
		},
		Workloads: []kube.Workload{
			{Kind: "Pod", Namespace: "default", Name: "nginx", Ready: 1, Desired: 1, Status: "Running"},
			{Kind: "Deployment", Namespace: "shop", Name: "cart", Ready: 0, Desired: 2, Status: "FailedCreate", Message: "no"},
			{Kind: "Deployment", Namespace: "kube-system", Name: "coredns", Ready: 2, Desired: 2},
		},
		Policies: []kube.Policy{
			{Kind: "ClusterPolicy", Name: "require-labels", Ready: true, Actions: []string{"Enforce"}, Types: []string{"validate"}},
			{Kind: "ClusterPolicy", Name: "add-labels", Types: []string{"mutate"}},
		},
		Reports: []kube.Report{
			{Kind: "Pod", Namespace: "default", Name: "nginx", Pass: 1, Fail: 2},
			{Kind: "Deployment", Namespace: "shop", Name: "cart", Pass: 3},
			{Kind: "Deployment", Namespace: "kyverno", Name: "kyverno-admission-controller", Fail: 1},
			{Kind: "Namespace", Name: "shop", Pass: 1, Warn: 1, Error: 1, Skips: 2},
		},
		Events: []kube.Event{{
			Time: time.Date(2026, 1, 2, 12, 4, 5, 0, time.UTC), Object: "clusterpolicy/require-labels", Count: 2, Blocked: true,
			Message: "Pod default/web: [check-team] fail (blocked); validation error: label CostCenter is required.",
		}, {Object: "pod/x", Message: "an audit failure"}},
	}
}

func TestEverything(t *testing.T) {
	s := busy()
	want := `Policies                                       2
  require-labels                 Enforce ✓ ready
  add-labels                  mutate ✗ not ready

Workloads                                      3
  pod default/nginx                      Running
  deploy shop/cart            ✗ 0/2 FailedCreate
  1 in system namespaces

Reports                                 ✓ 5  ✗ 3
  pod default/nginx                     ✓ 1  ✗ 2
  ns shop           ✓ 1  1 warn  1 error  2 skip
  1 with nothing but passes
  1 in system namespaces

Namespaces                                     4
  shop enforce baseline audit restricted:v1.30 …
  old                                Terminating
  2 without Pod Security labels

Blocked requests                               1
  require-labels                     ×2 12:04:05
    Pod default/web: [check-team] fail
    (blocked); validation error: label CostCent…`
	got := plain(cluster.View{State: s, Base: s}, 48)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWithoutKyverno(t *testing.T) {
	got := plain(cluster.View{}, 48)
	for _, want := range []string{"Kyverno is not installed", "Kyverno writes them, and is not installed"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown in\n%s", want, got)
		}
	}
}

// TestChanges says that what changed is marked, and shown even where a row of its kind is only counted otherwise.
func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(s *kube.State)
		want   []string
		none   []string
	}{
		{"nothing", func(*kube.State) {}, nil, []string{"\n+ ", "\n~ ", "\n- "}},
		{"a new pod", func(s *kube.State) {
			s.Workloads = append(s.Workloads, kube.Workload{Kind: "Pod", Namespace: "kube-system", Name: "p", Status: "Running"})
		}, []string{"+ pod kube-system/p"}, []string{"\n~ "}},
		{"a pod that is gone", func(s *kube.State) { s.Workloads = s.Workloads[1:] },
			[]string{"Workloads                                      2\n- pod default/nginx"}, []string{"\n+ "}},
		{"one workload for another between those that stay", func(s *kube.State) {
			s.Workloads[1].Name = "basket"
		}, []string{"  pod default/nginx                      Running\n- deploy shop/cart                          gone\n+ deploy shop/basket"}, []string{"\n~ "}},
		{"another order", func(s *kube.State) {
			s.Workloads[0], s.Workloads[1] = s.Workloads[1], s.Workloads[0]
		}, nil, []string{"\n~ ", "\n+ ", "\n- "}},
		{"a report that turned", func(s *kube.State) {
			s.Reports[0].Pass, s.Reports[0].Fail = 3, 0
		}, []string{"~ pod default/nginx                          ✓ 3"}, nil},
		{"a report on a system namespace", func(s *kube.State) { s.Reports[2].Fail = 9 }, nil, []string{"\n~ "}},
		{"a namespace with its labels taken away", func(s *kube.State) { s.Namespaces[1].PSA = nil },
			[]string{"~ shop"}, nil},
		{"another blocked request", func(s *kube.State) {
			s.Events = append([]kube.Event{{Object: "clusterpolicy/psa", Message: "m", Blocked: true}}, s.Events[1:]...)
		}, []string{"+ psa"}, []string{"- require-labels"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := busy()
			tt.change(&now)
			v := cluster.View{State: now, Base: busy()}
			got := plain(v, 48)
			lines := cluster.Render(v, 48, style.New(true))
			changed, first := cluster.Changes(v), cluster.FirstChange(lines)
			if (changed > 0) != (len(tt.want) > 0) || (first >= 0) != (changed > 0) {
				t.Errorf("%d changes, the first on line %d, in\n%s", changed, first, got)
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in\n%s", want, got)
				}
			}
			for _, none := range tt.none {
				if strings.Contains(got, none) {
					t.Errorf("%q is shown in\n%s", none, got)
				}
			}
		})
	}
}

// TestLittleRoom says that unchanged rows give way first, and that changes and titles stay.
func TestLittleRoom(t *testing.T) {
	s := busy()
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		s.Workloads = append(s.Workloads, kube.Workload{Kind: "Pod", Namespace: "default", Name: name, Status: "Running"})
	}
	base := s
	base.Workloads = s.Workloads[:len(s.Workloads)-1]
	full := strings.Count(plain(cluster.View{State: s, Base: base}, 48), "\n") + 1
	got := plain(cluster.View{State: s, Base: base, Height: full - 4}, 48)
	if n := strings.Count(got, "\n") + 1; n > full-4 {
		t.Errorf("%d lines, want at most %d:\n%s", n, full-4, got)
	}
	for _, want := range []string{"+ pod default/g", "more", "Policies", "Blocked requests"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// TestHostileNames says that text from a cluster cannot steer the terminal or break a row.
func TestHostileNames(t *testing.T) {
	s := kube.State{
		Kyverno:    true,
		Err:        errors.New("x"),
		Namespaces: []kube.Namespace{{Name: "\x1b[2Jns", PSA: map[string]string{"enforce\x1b[31m": strings.Repeat("w\n", 100)}}},
		Workloads:  []kube.Workload{{Kind: "Po\ad", Name: strings.Repeat("x", 200), Status: "\x1b]0;t\aRunning"}},
		Policies:   []kube.Policy{{Name: strings.Repeat("日", 100), Types: []string{"\x1b[1m"}, Actions: []string{"A\n"}}},
		Reports:    []kube.Report{{Kind: "P\x00", Name: "\u202eevil", Fail: 1}},
		Events:     []kube.Event{{Blocked: true, Object: "o\n", Message: strings.Repeat("m\n\x1b[31m", 60)}},
	}
	for _, width := range []int{60, 30, 12, 3, 1} {
		for _, line := range cluster.Render(cluster.View{State: s}, width, style.New(true)) {
			if text.Width(line) != width {
				t.Errorf("at %d: %q is %d wide", width, ansi.Strip(line), text.Width(line))
			}
			for _, bad := range []string{"\x1b[2J", "\x1b]0", "\a", "\x00", "\u202e", "\n"} {
				if strings.Contains(line, bad) {
					t.Errorf("%q holds %q", line, bad)
				}
			}
		}
	}
	if got := cluster.Render(cluster.View{State: s}, 0, style.New(true)); got != nil {
		t.Errorf("no width renders %q", got)
	}
}
