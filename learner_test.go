package main

import (
	"fmt"
	"strings"
	"testing"

	"podsec/assets"
	"podsec/labs"
	"podsec/tui/workshop"
)

// TestLearnerFinishesEveryLab drives the whole program by keystrokes through every lab to its end: wrong and right
// predictions, files that do not do yet what they should, the whole ladder of hints, and the learner's own commands.
func TestLearnerFinishesEveryLab(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs every command of the workshop")
	}
	all, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	for _, lab := range all {
		t.Run(lab.ID, func(t *testing.T) {
			t.Parallel()
			finish(t, lab)
		})
	}
}

// finish works through a lab.
func finish(t *testing.T, lab *labs.Lab) {
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, []string{lab.ID})
	if err != nil {
		t.Fatal(err)
	}
	learner := sit(t, w, 160, 50)
	learner.see("1/" + fmt.Sprint(len(lab.Steps)))
	learner.waitUntil("the lab is open", func(screen string) bool {
		return strings.Contains(screen, "● ready") && !strings.Contains(screen, "preparing the lab")
	})
	for i, step := range lab.Steps {
		learner.see(fmt.Sprintf("%d/%d %s", i+1, len(lab.Steps), step.Title))
		learner.work(step)
		learner.press("n")
	}
	learner.see(fmt.Sprintf("Lab %d is done.", lab.Number))
}

// work does what a step asks for.
func (l *learner) work(step labs.Step) {
	l.Helper()
	switch step.Kind {
	case labs.Predict:
		l.predict(step, l.predictions%2 == 0)
		l.predictions++
	case labs.Edit:
		l.repair(step)
	case labs.Explore:
		l.explore(step)
	case labs.Run:
		l.press("r")
		l.done(step)
	}
}

// done waits for the step to be done; what stands on the screen when it is not is worth reading.
func (l *learner) done(step labs.Step) {
	l.Helper()
	l.waitUntil("step "+step.ID+" is done", func(screen string) bool { return strings.Contains(screen, "✓ done") })
}

// predict answers a question, wrong or right, and sees what happens.
func (l *learner) predict(step labs.Step, wrong bool) {
	l.Helper()
	l.see("what do you think?")
	l.press("r") // not before the answer
	l.see("Say first what you think")
	for i, c := range step.Question.Choices {
		if c.Right != wrong {
			l.press(fmt.Sprint(i + 1))
			break
		}
	}
	l.see("enter run")
	l.press("\r")
	l.done(step)
	if want := "You said so:"; !wrong {
		l.see(want)
		return
	}
	l.see("You said:")
	l.see("Right is:")
}

// repair runs a file as it is, which is not enough, climbs all hints, and applies the solution.
func (l *learner) repair(step labs.Step) {
	l.Helper()
	l.see("enter edit")
	l.press("\r")
	l.see("YAML")
	l.press("\x12") // ctrl+r
	l.see("✗ not yet")
	l.solve(step)
}

// solve climbs all hints and applies the solution.
func (l *learner) solve(step labs.Step) {
	l.Helper()
	for range step.Hints {
		l.press("h")
	}
	l.press("h")
	l.see("Press a to apply it")
	l.press("a")
	l.see("Apply the solution?")
	l.press("\r")
	l.done(step)
}

// explore types a line that does not help, and then those of the solution.
func (l *learner) explore(step labs.Step) {
	l.Helper()
	l.see("enter type commands")
	l.press("\r")
	l.see("esc leave the line")
	l.press("echo looking around\r")
	l.see("✗ not yet")
	if solution := strings.TrimSpace(step.Solution.Command); strings.Contains(solution, "<<") || strings.Contains(solution, "\\\n") {
		l.press("\x1b") // esc: what takes several lines is not typed
		l.see("n next")
		l.solve(step)
		return
	}
	l.press(strings.ReplaceAll(strings.TrimSpace(step.Solution.Command), "\n", "; ") + "\r")
	l.done(step)
	l.press("\x1b")
	l.see("n next")
}
