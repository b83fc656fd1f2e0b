package tui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
)

// BenchmarkFirstFrame is from nothing to the first frame of the home screen.
func BenchmarkFirstFrame(b *testing.B) {
	list := someLabs()
	for b.Loop() {
		m := tui.New(context.Background(), tui.Options{Labs: list, ClusterName: "simulated"})
		m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkFrame is a frame of the lab screen, side by side.
func BenchmarkFrame(b *testing.B) {
	m := tui.New(context.Background(), tui.Options{Labs: someLabs(), ClusterName: "simulated"})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Update(keyPress("down"))
	m.Update(keyPress("enter"))
	m.Update(keyPress("n"))
	for b.Loop() {
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkOpenLab is from the key to the first frame of a lab, which renders its prose.
func BenchmarkOpenLab(b *testing.B) {
	list := someLabs()
	for b.Loop() {
		m := tui.New(context.Background(), tui.Options{Labs: list, ClusterName: "simulated"})
		m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		m.Update(keyPress("down"))
		m.Update(keyPress("enter"))
		if m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// large is a cluster with ten thousand workloads and as many reports.
func large() kube.State {
	s := before()
	const many = 10_000
	for i := range many {
		ns, name := fmt.Sprintf("team-%03d", i%200), fmt.Sprintf("app-%05d", i)
		s.Workloads = append(s.Workloads, kube.Workload{
			Kind: "Deployment", Namespace: ns, Name: name, Ready: i % 3, Desired: 2, Images: []string{"nginx:1.27"},
		})
		s.Reports = append(s.Reports, kube.Report{Kind: "Deployment", Namespace: ns, Name: name, Pass: 3, Fail: i % 4})
	}
	return s
}

// inLarge is the app in a lab on that cluster, every session call answered at once.
func inLarge(b *testing.B) *driver {
	states := make(chan kube.State, 1)
	states <- large()
	d := &driver{t: b, messages: make(chan tea.Msg, 64), session: usual(), progress: &fakeProgress{}, taken: map[string]int{}}
	m := tui.New(context.Background(), tui.Options{
		Labs: someLabs(), ClusterName: "simulated",
		Connect: func(context.Context) (tui.Cluster, error) {
			return tui.Cluster{States: states, Open: func(context.Context, *labs.Lab) (tui.Session, error) { return d.session, nil }}, nil
		},
	})
	d.model = m
	d.run(m.Init())
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Update(keyPress("down"))
	_, cmd := m.Update(keyPress("enter"))
	d.run(cmd)
	deadline := time.After(time.Minute)
	for d.taken["tui.stateMsg"] == 0 || strings.Contains(m.View().Content, "preparing") {
		select {
		case msg := <-d.messages:
			if !strings.Contains(typeName(msg), "tickMsg") {
				d.send(msg)
			}
		case <-deadline:
			b.Fatal("the lab did not open")
		}
	}
	return d
}

// BenchmarkKeyInLargeCluster is from a key to its frame, with ten thousand workloads and reports in the cluster's
// state. p99-ms is the 99th percentile.
func BenchmarkKeyInLargeCluster(b *testing.B) {
	for _, keys := range [][]string{{"down", "up"}, {"n", "p"}, {"4", "pgdown", "1"}, {"x"}, {"f6", "a", "backspace", "f2"}, {"?", "esc"}, {":", "s", "esc"}} {
		b.Run(strings.Join(keys, "-"), func(b *testing.B) {
			d := inLarge(b)
			var took []time.Duration
			for b.Loop() {
				for _, k := range keys {
					start := time.Now()
					d.model.Update(keyPress(k))
					_ = d.model.View().Content
					took = append(took, time.Since(start))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
