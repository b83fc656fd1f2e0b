package lab_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/kube"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
)

// TestWhatIsKeptIsNotOld: the file and the board are drawn once for what they show; when that is another one, a frame is
// what it would be had nothing been drawn before.
func TestWhatIsKeptIsNotOld(t *testing.T) {
	file := func(text string) func(m *lab.Model) {
		return func(m *lab.Model) { m.SetFiles(map[string]string{"policies/p.yaml": text}) }
	}
	state := func(name string) func(m *lab.Model) {
		return func(m *lab.Model) {
			m.SetState(kube.State{Workloads: []kube.Workload{{Kind: "Pod", Namespace: "default", Name: name, Ready: 1, Desired: 1, Status: "Running"}}})
		}
	}
	size := func(width, height int) func(m *lab.Model) { return func(m *lab.Model) { m.SetSize(width, height) } }
	look := func(m *lab.Model) { keys(m, "2") } // at the file
	type change = func(m *lab.Model)
	for name, tt := range map[string]struct{ before, after []change }{
		"another text":  {[]change{size(80, 30), look, file("kind: Pod")}, []change{file("kind: Job\nname: j")}},
		"another state": {[]change{state("one")}, []change{state("two")}},
		"another width": {[]change{state("one"), size(160, 50)}, []change{size(130, 40)}},
		"another look":  {[]change{state("one")}, []change{func(m *lab.Model) { m.SetStyles(style.New(false)) }}},
		"all rows":      {[]change{state("one")}, []change{func(m *lab.Model) { keys(m, "x") }}},
	} {
		t.Run(name, func(t *testing.T) {
			drawn, fresh := opened(140, 40), opened(140, 40)
			for _, m := range []*lab.Model{drawn, fresh} {
				keys(m, "n")
				for _, c := range append(tt.before, tt.after...) {
					c(m)
					if m == drawn {
						m.View()
					}
				}
			}
			if diff := cmp.Diff(strings.Join(fresh.View(), "\n"), strings.Join(drawn.View(), "\n")); diff != "" {
				t.Errorf("(-fresh +drawn before):\n%s", diff)
			}
		})
	}
}
