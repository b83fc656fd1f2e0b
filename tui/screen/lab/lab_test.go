package lab_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/lab"
	"podsec/tui/style"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func press(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "end": tea.KeyEnd, "home": tea.KeyHome,
		"right": tea.KeyRight, "left": tea.KeyLeft, "down": tea.KeyDown, "pgdown": tea.KeyPgDown,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func keys(m *lab.Model, names string) (last screen.Intent) {
	for _, n := range strings.Fields(names) {
		last = m.Key(press(n))
	}
	return last
}

// aLab has a step to read, one with a file and a long command, one of an older edition, and a last one.
func aLab() *labs.Lab {
	return &labs.Lab{
		ID: "05-x", Number: 5, Title: "A lab", Intro: "Welcome.",
		Steps: []labs.Step{
			{ID: "read", Title: "To read", Kind: labs.Read, Prose: strings.Repeat("Some words to read. ", 120)},
			{
				ID: "run", Title: "To run", Kind: labs.Run, Prose: "Run it.", File: "policies/p.yaml",
				Command: "one\ntwo\nthree\nfour\nfive\nsix", Hints: []string{"First `hint`.", "Second."},
			},
			{ID: "older", Title: "Older", Kind: labs.Run, Edition: "2023", Command: "old"},
			{ID: "last", Title: "The last", Kind: labs.Run, Command: "kubectl get pods"},
		},
	}
}

func opened(width, height int) *lab.Model {
	m := lab.New(aLab(), 0, nil, style.New(true))
	m.SetSize(width, height)
	m.SetFiles(map[string]string{"policies/p.yaml": "kind: Policy\nname: p"})
	m.Begin("preparing", noon)
	m.Opened(0)
	return m
}

func plain(m *lab.Model) string { return ansi.Strip(strings.Join(m.View(), "\n")) }

func mustShow(t *testing.T, m *lab.Model, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(plain(m), text) {
			t.Errorf("%q is missing in\n%s", text, plain(m))
		}
	}
}

func TestEnterDoesWhatIsNext(t *testing.T) {
	m := opened(80, 24)
	mustShow(t, m, "enter more")
	for pages := 0; !strings.Contains(plain(m), "enter next"); pages++ {
		if got := keys(m, "enter"); got != nil || m.Done()[0] || pages > 9 {
			t.Fatalf("on a step with more to read: %v, done %v, page %d", got, m.Done(), pages)
		}
	}
	if got := keys(m, "enter"); got != (screen.Moved{}) || m.Position() != 1 || !m.Done()[0] {
		t.Errorf("on a step to read: %v, at %d, done %v", got, m.Position(), m.Done())
	}
	if got := keys(m, "enter"); got != (screen.Run{}) {
		t.Errorf("on a step to run: %v", got)
	}
	m.Started(noon)
	if !m.Finished(labs.Outcome{Passed: true}, noon) {
		t.Error("a step that passed is not done")
	}
	if got := keys(m, "enter"); got != (screen.Moved{}) || m.Position() != 2 {
		t.Errorf("on a step that passed: %v, at %d", got, m.Position())
	}
	keys(m, "n")
	m.Started(noon)
	m.Finished(labs.Outcome{Passed: true}, noon)
	if got := keys(m, "enter"); got != (screen.Finish{}) {
		t.Errorf("after the last step: %v", got)
	}
	m.Started(noon)
	if m.Finished(labs.Outcome{Passed: true}, noon) {
		t.Error("a step that was done before is done for the first time")
	}
}

func TestAStepThatFailsIsRunAgain(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	m.Started(noon)
	if m.Finished(labs.Outcome{Exit: 1}, noon.Add(1500*time.Millisecond)) {
		t.Error("a step that failed is done")
	}
	mustShow(t, m, "[exit 1 · 1.5s]", "enter run")
	if got := keys(m, "enter"); got != (screen.Run{}) {
		t.Errorf("enter asks for %v", got)
	}
}

func TestIntents(t *testing.T) {
	for _, tt := range []struct {
		keys string
		want screen.Intent
	}{
		{"q", screen.Leave{}},
		{"esc", screen.Leave{}},
		{"n r", screen.Run{}},
		{"r", nil}, // nothing to run
		{"c", nil}, // nothing to check
		{"n y", screen.Copy{What: "the command", Text: "one\ntwo\nthree\nfour\nfive\nsix"}},
		{"y", nil},
		{"p", nil}, // at the first step
		{"n p", screen.Moved{}},
		{"right left", screen.Moved{}},
		{"tab j G", nil},
	} {
		if got := keys(opened(80, 24), tt.keys); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.keys, got, tt.want)
		}
	}
	if ask, ok := keys(opened(80, 24), "R").(screen.Ask); !ok || ask.Then != (screen.Reset{}) {
		t.Error("R does not ask before it resets")
	}
	if list, ok := keys(opened(80, 24), "n s").(screen.Choose); !ok || len(list.Items) != 4 || list.Cursor != 1 {
		t.Errorf("s does not list the steps")
	}
}

func TestWhileSomethingRuns(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	m.Started(noon)
	for _, k := range []string{"n", "p", "r", "c", "R", "s", "y", "h", "w", "enter"} {
		if got, told := keys(m, k).(screen.Tell); !told || !strings.Contains(got.Text, "esc") || m.Position() != 1 {
			t.Errorf("%s: %v, at %d", k, got, m.Position())
		}
	}
	if got := keys(m, "esc"); got != (screen.Cancel{}) {
		t.Errorf("esc: %v", got)
	}
	if ask, ok := keys(m, "q").(screen.Ask); !ok || ask.Then != (screen.Leave{}) {
		t.Error("q does not ask before it leaves")
	}
	m.Tick(noon.Add(75 * time.Second))
	mustShow(t, m, "running 1m15s", "esc stop")
	m.Tick(noon.Add(12 * time.Second))
	mustShow(t, m, "running 12s")
	m.Stopping()
	mustShow(t, m, "stopping")
	m.Failed("stopped", "")
	mustShow(t, m, "[stopped]")
	m.Tick(noon) // late ones are nothing
	m.Stopping()
	if m.Busy() {
		t.Error("still busy")
	}
}

func TestOpeningCanBeRead(t *testing.T) {
	m := lab.New(aLab(), 0, nil, style.New(true))
	m.SetSize(80, 24)
	mustShow(t, m, "preparing the lab")
	m.Begin("preparing the lab", noon)
	if got := keys(m, "n"); got != (screen.Moved{}) || m.Position() != 1 {
		t.Errorf("n: %v, at %d", got, m.Position())
	}
	if _, told := keys(m, "enter").(screen.Tell); !told || !m.Queued() || m.Queued() {
		t.Error("a run that was asked for too early is not queued, once")
	}
	mustShow(t, m, "p.yaml", "reading policies/p.yaml")
	m.Broke("it broke", "mend it")
	mustShow(t, m, "✗ it broke", "mend it", "enter try again")
	if got := keys(m, "enter"); got != (screen.Reset{}) {
		t.Errorf("enter on a broken lab: %v", got)
	}
}

func TestResuming(t *testing.T) {
	m := lab.New(aLab(), 3, map[int]bool{0: true, 1: true}, style.New(true))
	m.SetSize(80, 24)
	m.Opened(0)
	mustShow(t, m, "✓ ✓ ○[●]", "4/4 The last")
	keys(m, "p p")
	mustShow(t, m, "done before", "run it again")
	m.Restarted()
	mustShow(t, m, "[●]○ ○ ○", "1/4")
	if len(m.Done()) != 0 {
		t.Errorf("done after a reset: %v", m.Done())
	}
	if m := lab.New(aLab(), 99, nil, style.New(true)); m.Position() != 3 {
		t.Errorf("a step that is not there any more resumes at %d", m.Position())
	}
}

func TestLongCommandsAreShownInFull(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	mustShow(t, m, "$ four…", "Command ───", "$ six")
	m.SetSize(60, 16)
	mustShow(t, m, "$ one…")
}

func TestHintsComeOneByOne(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n h")
	mustShow(t, m, "hint 1/2  First hint.")
	keys(m, "h")
	mustShow(t, m, "hint 2/2  Second.")
	keys(m, "n p")
	mustShow(t, m, "hint 2/2  Second.")
	m.SetSize(120, 40)
	mustShow(t, m, "hint 2/2  Second.")
}

func TestPanes(t *testing.T) {
	m := opened(80, 24)
	m.SetState(kube.State{})
	keys(m, "n")
	for _, want := range []string{"▌p.yaml", "▌Output", "▌Cluster", "▌Read"} {
		keys(m, "tab")
		mustShow(t, m, want)
	}
	keys(m, "n 2")
	mustShow(t, m, "▌Read") // there is no file
	m.SetSize(120, 40)
	keys(m, "p 2")
	mustShow(t, m, "▌Read", " Output ─", " Cluster ─", "kind: Policy")
	keys(m, "z 2")
	mustShow(t, m, "▌p.yaml")
	keys(m, "z")
	mustShow(t, m, "▌Read", " Cluster ─")
}

// TestEveryPartCanBeReached clicks on the head of every part and turns the wheel over it.
func TestEveryPartCanBeReached(t *testing.T) {
	m := opened(120, 40)
	m.SetState(kube.State{})
	for _, head := range []string{"Output", "Cluster", "Read"} {
		for y, line := range strings.Split(plain(m), "\n") {
			if at := strings.Index(line, " "+head+" ─"); at >= 0 {
				m.Click(lipgloss.Width(line[:at])+2, y+1)
			}
		}
		mustShow(t, m, "▌"+head)
	}
	mustShow(t, m, "Welcome.")
	m.Wheel(5, 6, 3)
	if strings.Contains(plain(m), "Welcome.") {
		t.Error("the wheel does not move the text under it")
	}
	m.Wheel(500, 500, 3) // nowhere
	m.Click(500, 500)
	m.SetSize(80, 24)
	for _, tab := range []string{"Cluster", "Output", "Read"} {
		line := strings.Split(plain(m), "\n")[2]
		m.Click(lipgloss.Width(line[:strings.Index(line, tab)]), 2)
		mustShow(t, m, "▌"+tab)
	}
}

func TestChangesSinceTheCommandAreCounted(t *testing.T) {
	m := opened(80, 24)
	pods := func(n int) kube.State {
		var s kube.State
		for i := range n {
			s.Workloads = append(s.Workloads, kube.Workload{Kind: "Pod", Namespace: "default", Name: fmt.Sprint("p", i), Status: "Running"})
		}
		return s
	}
	m.SetState(pods(1))
	keys(m, "n")
	m.SetState(pods(3))
	if strings.Contains(plain(m), "Cluster ~") {
		t.Error("what the start of the lab brought counts as a change")
	}
	m.Started(noon)
	m.SetState(pods(5))
	mustShow(t, m, "Cluster ~2")
	m.Finished(labs.Outcome{Passed: true}, noon)
	m.Started(noon)
	if strings.Contains(plain(m), "Cluster ~") {
		t.Error("a new command does not start from nothing")
	}
	m.Finished(labs.Outcome{Passed: true}, noon)
	m.SetState(pods(32))
	mustShow(t, m, "Cluster ~27")
	keys(m, "4")
	mustShow(t, m, "+ pod default/p")
}

func TestWideTablesMove(t *testing.T) {
	m := opened(80, 24)
	keys(m, "n")
	m.Started(noon)
	m.Write("NAME   " + strings.Repeat("x", 90) + "   LAST\n")
	mustShow(t, m, "NAME   x")
	m.Finished(labs.Outcome{Passed: true}, noon)
	mustShow(t, m, "< > table")
	keys(m, "> >")
	mustShow(t, m, "LAST")
	keys(m, "< <")
	mustShow(t, m, "NAME   x")
}

func TestALabWithoutSteps(t *testing.T) {
	m := lab.New(&labs.Lab{Title: "Empty"}, 0, nil, style.New(false))
	m.SetSize(80, 24)
	m.Opened(0)
	mustShow(t, m, "Empty")
	for _, k := range []string{"n", "p", "r", "c", "h", "y", "s", "tab", "G"} {
		keys(m, k)
	}
	if got := keys(m, "enter"); got != (screen.Finish{}) {
		t.Errorf("enter: %v", got)
	}
}

func TestFrameIsExact(t *testing.T) {
	for w := 50; w < 200; w += 29 {
		for _, h := range []int{15, 20, 33} {
			m := opened(w, h)
			m.SetCluster(screen.Cluster{Name: strings.Repeat("long-", 30), Phase: screen.Ready})
			keys(m, "n h")
			for _, k := range []string{"1", "2", "3", "4", "z"} {
				keys(m, k)
				lines := m.View()
				if len(lines) != h {
					t.Fatalf("%d×%d after %s: %d lines", w, h, k, len(lines))
				}
				for i, l := range lines {
					if lipgloss.Width(l) != w {
						t.Errorf("%d×%d after %s: line %d is %d wide", w, h, k, i, lipgloss.Width(l))
					}
				}
			}
		}
	}
}

// TestEditWhileTheFileIsRead: who wants to edit before the file is there gets the editor when it is, unless they went on.
func TestEditWhileTheFileIsRead(t *testing.T) {
	for name, want := range map[string]bool{"i": true, "i n": false, "i n p": false} {
		of := aLab()
		of.Steps[0] = labs.Step{ID: "edit", Title: "To edit", Kind: labs.Edit, Prose: "Mend it.", File: "p.yaml", Command: "apply"}
		m := lab.New(of, 0, nil, style.New(true))
		m.SetSize(80, 24)
		m.Begin("preparing", noon)
		m.Opened(0)
		keys(m, name)
		m.SetText(0, "kind: Pod\n")
		if m.Editing() != want {
			t.Errorf("after %q: editing %v, want %v", name, m.Editing(), want)
		}
	}
}
