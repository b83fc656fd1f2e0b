package home_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/home"
	"podsec/tui/style"
)

func press(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "up": tea.KeyUp, "down": tea.KeyDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"right": tea.KeyRight, "space": tea.KeySpace,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// many returns n labs numbered from 0, each with as many steps as its number says, and one more of an older edition.
func many(n int) []*labs.Lab {
	var out []*labs.Lab
	for i := range n {
		l := &labs.Lab{ID: fmt.Sprint(i), Number: i, Title: fmt.Sprintf("The lab called %c", 'A'+i), Minutes: 10}
		for s := range i {
			l.Steps = append(l.Steps, labs.Step{ID: fmt.Sprint(s), Title: fmt.Sprintf("Step %d", s+1)})
		}
		l.Steps = append(l.Steps, labs.Step{ID: "old", Edition: "2023", Title: "An older way"})
		out = append(out, l)
	}
	return out
}

func newHome(n, width, height int) *home.Model {
	m := home.New(many(n), screen.Cluster{Name: "simulated", Phase: screen.Ready, Kubeconfig: "/k"}, style.New(true))
	m.SetSize(width, height)
	return m
}

func plain(m *home.Model) string { return ansi.Strip(strings.Join(m.View(), "\n")) }

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		keys   string
		cursor int
		intent screen.Intent
	}{
		{"down j", 2, nil},
		{"down up k k", 0, nil},
		{"end", 19, nil},
		{"end down", 19, nil},
		{"G home", 0, nil},
		{"G g", 0, nil},
		{"7", 7, nil},
		{"7 enter", 7, screen.OpenLab{Index: 7}},
		{"3 space", 3, screen.OpenLab{Index: 3}},
		{"l", 0, screen.OpenLab{Index: 0}},
		{"q", 0, screen.Quit{}},
		{"y", 0, screen.Copy{What: "the export line", Text: "export KUBECONFIG=/k"}},
		{"r", 0, nil}, // the cluster is there
		{"x", 0, nil},
	} {
		t.Run(tt.keys, func(t *testing.T) {
			m := newHome(20, 80, 24)
			var got screen.Intent
			for _, k := range strings.Fields(tt.keys) {
				got = m.Key(press(k))
			}
			if got != tt.intent || m.Selected() != tt.cursor {
				t.Errorf("cursor %d, intent %v; want %d, %v", m.Selected(), got, tt.cursor, tt.intent)
			}
		})
	}
}

// TestTheCursorStaysInSight scrolls through more labs than fit.
func TestTheCursorStaysInSight(t *testing.T) {
	m := newHome(26, 60, 16)
	for i := range 26 {
		if want := fmt.Sprintf("▸ %2d  The lab called %c", i, 'A'+i); !strings.Contains(plain(m), want) {
			t.Fatalf("%q is not shown:\n%s", want, plain(m))
		}
		m.Key(press("down"))
	}
}

func TestProgressIsShown(t *testing.T) {
	m := newHome(4, 80, 24)
	m.SetProgress(2, home.Progress{Done: 2, Started: true, AtEnd: true, Steps: map[int]bool{0: true, 1: true}})
	m.SetProgress(3, home.Progress{Done: 1, Started: true, Current: 1, Steps: map[int]bool{0: true}})
	got := plain(m)
	for _, want := range []string{"✓   2/2  ━━━━━━━━", "1/3  ━━╌╌╌╌╌╌", "0/1  ╌╌╌╌╌╌╌╌"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	m.Select(2)
	for _, want := range []string{"done; enter opens it from its start", "enter open again"} {
		if got = plain(m); !strings.Contains(got, want) || strings.Contains(got, "resume") {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	m.Select(3)
	for _, want := range []string{"10 min · 3 steps and 1 side step · resumes at step 2", "✓  1 Step 1", "▸  2 Step 2", "4 An older way", "enter resume"} {
		if got = plain(m); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestClicksHitWhatIsDrawn(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {50, 15}} {
		m := newHome(26, size[0], size[1])
		m.Select(13)
		for y, line := range strings.Split(plain(m), "\n") {
			at := strings.Index(line, "The lab called ")
			if at < 0 || y < 3 || at > 20 {
				continue
			}
			want := int(line[at+len("The lab called ")] - 'A')
			m.Select(13)
			intent := m.Click(10, y)
			if want == 13 {
				if intent != (screen.OpenLab{Index: 13}) {
					t.Errorf("a click on the selected lab asks for %v", intent)
				}
				continue
			}
			if m.Selected() != want {
				t.Errorf("%v: a click on line %d selects %d, drawn there is %d", size, y, m.Selected(), want)
			}
			m.Select(13)
		}
		m.Select(13)
		for _, y := range []int{0, 1, 2, size[1] - 1} {
			if m.Click(10, y); m.Selected() != 13 {
				t.Errorf("%v: a click on line %d beside the list selects %d", size, y, m.Selected())
			}
		}
	}
}

func TestUnreachableCluster(t *testing.T) {
	m := newHome(3, 80, 24)
	m.SetCluster(screen.Cluster{Name: "eks", Phase: screen.Unreachable, Problem: "no such host", Hint: "Check the kubeconfig."})
	for _, want := range []string{"eks ✗ no answer", "✗ no such host", "Check the kubeconfig.", "r try again"} {
		if got := plain(m); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := m.Key(press("r")); got != (screen.Connect{}) {
		t.Errorf("r asks for %v", got)
	}
	if got := m.Key(press("y")); got != nil {
		t.Errorf("y asks for %v, there is nothing to copy", got)
	}
}

func TestFrameIsExact(t *testing.T) {
	for w := 50; w < 180; w += 9 {
		for _, h := range []int{15, 19, 20, 31, 60} {
			m := newHome(9, w, h)
			m.SetNotice(home.Notice{Text: strings.Repeat("a notice of some length ", 5), Good: true})
			lines := m.View()
			if len(lines) != h {
				t.Fatalf("%d×%d: %d lines", w, h, len(lines))
			}
			for i, l := range lines {
				if lipgloss.Width(l) != w {
					t.Errorf("%d×%d: line %d is %d wide", w, h, i, lipgloss.Width(l))
				}
			}
		}
	}
}

// TestOtherClusters: the key is there, and said, when there are any.
func TestOtherClusters(t *testing.T) {
	m := newHome(3, 80, 24)
	if got := m.Key(press("c")); got != nil || strings.Contains(plain(m), "c change") {
		t.Errorf("without others c asks for %v", got)
	}
	m.Offer(true)
	if got := m.Key(press("c")); got != (screen.Places{}) || !strings.Contains(plain(m), "c change") {
		t.Errorf("with others c asks for %v in\n%s", got, plain(m))
	}
}

func TestKeysSayWhatTheyDoNow(t *testing.T) {
	m := newHome(2, 80, 24)
	enabled := func(what string) bool {
		for _, g := range m.Keys() {
			for _, k := range g.Keys {
				if k.Help().Desc == what {
					return k.Enabled()
				}
			}
		}
		t.Fatalf("no key for %q", what)
		return false
	}
	if enabled("try again") || !enabled("copy KUBECONFIG") {
		t.Error("with a cluster, it can be copied and not tried again")
	}
	m.SetCluster(screen.Cluster{Phase: screen.Unreachable})
	if !enabled("try again") || enabled("copy KUBECONFIG") {
		t.Error("without a cluster, it can be tried again and not copied")
	}
}
