package tui_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"podsec/labs"
	"podsec/tui"
)

// inKinds is the lab with a step of each kind, at the step with the given index.
func inKinds(t *testing.T, width, height, step int, changes ...change) *driver {
	t.Helper()
	changes = append([]change{func(d *driver, _ *tui.Options) {
		for i, p := range kindsPlays() {
			d.session.plays[i] = p
		}
		d.session.texts[1] = editFile
	}}, changes...)
	d := ready(t, width, height, changes...)
	d.states <- before()
	d.keys("end", "enter")
	d.until("the lab is open", func() bool {
		return !d.shows("preparing") && d.taken["tui.stateMsg"] > 0 && d.taken["tui.filesMsg"] > 0
	})
	for range step {
		d.keys("n")
	}
	if step == 1 {
		d.until("the file is read", func() bool { return d.taken["tui.textMsg"] > 0 })
	}
	return d
}

// kindsPlays is how the steps of that lab end.
func kindsPlays() map[int]play {
	ok := func(title string) []labs.CheckResult { return []labs.CheckResult{{OK: true, Title: title}} }
	return map[int]play{
		0: {prints: []string{denial}, outcome: labs.Outcome{Exit: 1, Passed: true, Checks: ok("the pod was denied")}},
		1: {prints: []string{denial}, outcome: labs.Outcome{
			Exit: 1, Checks: []labs.CheckResult{{Title: "the pod nginx exists", Missing: "there is no pod nginx"}},
			Hint: "Which key does the policy ask for?", Mistake: "The label stands under `annotations`, where Kyverno does not look.",
		}},
		2: {outcome: labs.Outcome{Checks: []labs.CheckResult{{Title: "the command printed IT", Missing: "it did not"}}}},
	}
}

func (d *driver) play(step int, p play) {
	d.session.mu.Lock()
	defer d.session.mu.Unlock()
	d.session.plays[step] = p
}

func (d *driver) typeText(text string) {
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func TestPredicting(t *testing.T) {
	d := inKinds(t, 100, 30, 0)
	d.mustShow("What will kubectl print?", "  1 pod/nginx created", "2 an error from Kyverno's webhook", "? what do you think?", "1 to 3 answer")
	d.mustShow("$ kubectl apply")
	d.mustNotShow("the pod was denied by")       // that would be the answer
	for _, key := range []string{"r", "enter"} { // no answer is suggested
		d.keys(key)
		d.mustShow("Say first what you think", "1 to 3 answer")
	}
	d.keys("h")
	d.mustShow("A hint would give the answer away")
	d.keys("down", "down", "down")
	d.mustShow("▸ 3 a warning", "enter answer")
	d.keys("enter")
	d.mustShow("$ kubectl apply -f pod.yaml", "you said 3: a warning", "enter run")
	d.keys("enter")
	d.waitFor("✓ done")
	d.mustShow("· not foreseen")
	d.mustShow("✗ You said: a warning, and the pod is created", "Only policies in Audit mode", "✓ Right is: an error from Kyverno's webhook",
		"nothing is stored")
	d.keys("n", "p")
	d.mustNotShow("what do you think?") // once is enough
}

func TestPredictingRight(t *testing.T) {
	d := inKinds(t, 50, 15, 0)
	d.keys("2", "enter")
	d.waitFor("✓ done")
	d.mustShow("✓ You said so: an error from", "· foreseen")
}

func TestPredictingByClick(t *testing.T) {
	d := inKinds(t, 80, 24, 0)
	for y, line := range strings.Split(d.plain(), "\n") {
		if strings.Contains(line, "3 a warning") {
			d.send(tea.MouseClickMsg{X: 10, Y: y, Button: tea.MouseLeft})
			break
		}
	}
	d.mustShow("enter run")
	d.keys("enter")
	d.waitFor("✗ You said: a warning")
}

func TestEditing(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {50, 15}} {
		d := inKinds(t, size[0], size[1], 1)
		d.mustShow("yours to write", "enter edit")
		d.keys("enter")
		d.mustShow("✓ YAML", "ctrl+r run")
		d.keys("ctrl+end", "up", "end")
		d.typeText(" b: [")
		d.mustShow("✗ line")
		d.keys("ctrl+r")
		d.mustShow("✗ line") // it is not run while it cannot be read
		if ran, _, _ := d.session.count(); len(ran) != 0 {
			t.Fatalf("%v was run", ran)
		}
		for range 4 { // words are undone one by one
			d.keys("ctrl+z")
		}
		d.mustShow("✓ YAML")
		d.keys("ctrl+r")
		d.waitFor("✗ not yet: there is no pod nginx")
		d.mustShow("The label stands under annotations") // the mistake that was made
		d.keys("enter")
		d.mustShow("✓ YAML")
		d.keys("esc")
		d.mustShow("✗ not yet")
	}
}

// TestEditingIsKept says that what was written is saved by leaving the editor, by the keys that switch screens, and
// when the learner quits.
func TestEditingIsKept(t *testing.T) {
	for _, leave := range [][]string{{"esc"}, {"ctrl+s"}, {"f3"}} {
		d := inKinds(t, 80, 24, 1)
		d.keys("enter")
		d.typeText("# mine ")
		d.keys(leave...)
		d.until("it is saved", func() bool {
			text, _ := d.session.Text(1)
			return strings.HasPrefix(text, "# mine apiVersion")
		})
	}
	d := inKinds(t, 80, 24, 1)
	d.keys("enter")
	d.keys("ctrl+home")
	d.typeText("# mine ")
	d.send(tea.PasteMsg{Content: "pasted\n"})
	d.keys("esc", "ctrl+c")
	d.until("the app ends", func() bool { return d.quit })
	if text, _ := d.session.Text(1); !strings.HasPrefix(text, "# mine pasted\napiVersion") {
		t.Errorf("saved is %q", text)
	}
}

func TestClimbingToTheSolution(t *testing.T) {
	d := inKinds(t, 120, 40, 1)
	d.keys("h")
	d.mustShow("hint 1/3", "Which key")
	d.keys("h", "h")
	d.mustShow("Solution ─", "+     CostCenter: IT", "-   labels: {}", "Press a to apply it")
	d.play(1, play{prints: []string{"pod/nginx created\n"}, outcome: labs.Outcome{Passed: true}})
	d.keys("a")
	d.mustShow("Apply the solution?")
	d.keys("enter")
	d.waitFor("✓ done")
	d.until("the file is read again", func() bool { return d.taken["tui.textMsg"] > 1 })
	if !cmp.Equal(d.session.solved, []int{1}) {
		t.Errorf("solved %v", d.session.solved)
	}
	d.keys("i")
	d.mustShow("CostCenter: IT")
	d.keys("ctrl+z")
	d.mustShow("labels: {}") // nothing the learner wrote is lost
}

func TestExploring(t *testing.T) {
	d := inKinds(t, 100, 30, 2)
	d.mustShow("your own commands", "enter type commands")
	d.keys("enter")
	d.typeText("kubectl get po")
	d.keys("tab")
	d.waitFor("podtemplates")
	d.mustShow("$ kubectl get po", "policies")
	d.keys("tab", "enter")
	d.waitFor("✗ not yet: it did not")
	d.mustShow("ran kubectl get pods")
	d.typeText("false")
	d.keys("enter")
	d.waitFor("ran false")
	d.until("it is judged", func() bool { return strings.Count(d.plain(), "[exit") == 2 })
	d.keys("up", "up")
	d.mustShow("$ kubectl get pods")
	d.keys("ctrl+c")
	d.play(2, play{outcome: labs.Outcome{Passed: true}})
	d.typeText("kubectl get pods --show-labels")
	d.keys("enter")
	d.waitFor("✓ done")
	d.keys("enter")
	d.mustShow("What to remember", "2 of 4 steps done")
}

func TestStoppingALine(t *testing.T) {
	d := inKinds(t, 80, 24, 2)
	d.keys("enter")
	d.typeText("wait")
	d.keys("enter")
	d.waitFor("ran wait")
	d.keys("ctrl+c")
	d.waitFor("stopped")
	d.typeText("panic")
	d.keys("enter")
	d.waitFor("the command broke: a bug")
	if d.quit {
		t.Error("the app is gone")
	}
}

func TestRecap(t *testing.T) {
	d := inKinds(t, 80, 24, 3)
	d.mustShow("A label says who pays", "This lab", "1 of 4 steps done", "enter finish")
}

func TestShell(t *testing.T) {
	d := inKinds(t, 100, 30, 0)
	d.keys("f6")
	d.mustShow("▌Shell", "Your own commands", "/tmp/lab")
	d.typeText("echo ?:q")
	d.keys("enter")
	d.waitFor("ran echo ?:q")
	d.until("it ended", func() bool { return !d.shows("● running") })
	d.typeText("wait")
	d.keys("enter")
	d.waitFor("ran wait")
	d.typeText("next")
	d.keys("enter")
	d.mustShow("A command is running")
	d.keys("ctrl+c")
	d.waitFor("[stopped]")
	d.keys("ctrl+c", "ctrl+r")
	d.typeText("ech")
	d.mustShow("(search “ech”) echo ?:q")
	d.keys("enter")
	d.until("it runs again", func() bool { return strings.Count(d.plain(), "ran echo") == 2 })
	d.keys("esc")
	d.mustShow("What will kubectl print?")
}

func TestShellWithoutALab(t *testing.T) {
	d := ready(t, 80, 24)
	d.keys("f6")
	d.mustShow("The shell works in a lab")
	d.keys("enter")
	d.mustShow("▌Labs")
}

// noting is a progress that also keeps what steps took.
type noting struct {
	*fakeProgress
	notes chan labs.StepProgress
}

func (n noting) Note(_, lab, step string, more labs.StepProgress) error {
	if lab == "04-kinds" {
		n.notes <- more
	}
	return nil
}

func TestWhatAStepTookIsKept(t *testing.T) {
	notes := make(chan labs.StepProgress, 8)
	d := inKinds(t, 80, 24, 0, func(d *driver, o *tui.Options) { o.Progress = noting{d.progress, notes} })
	d.keys("3")
	if n := <-notes; n.Right == nil || *n.Right {
		t.Errorf("the wrong answer is kept as %+v", n)
	}
	d.keys("h")
	if n := <-notes; n.Hints != 1 {
		t.Errorf("the hint is kept as %+v", n)
	}
}
