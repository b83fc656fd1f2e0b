package tui_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/labs"
	"podsec/tui"
)

// TestWorkingThroughALab goes from the first step to the last with nothing but the enter key.
func TestWorkingThroughALab(t *testing.T) {
	d := inLab(t, 120, 40)
	d.mustShow("1/5 Why labels", "Costs are charged to teams", "to read")
	d.keys("enter")
	d.mustShow("2/5 Require the label", "kind: ClusterPolicy", "not run yet", "$ kubectl apply -f require-labels.yaml")
	d.keys("enter")
	d.waitFor("✓ done  1 check holds")
	d.mustShow("clusterpolicy.kyverno.io/require-labels created", "exit 0")
	d.keys("enter", "enter")
	d.waitFor("2 checks hold")
	d.mustShow("3/5", `denied the request`, "check-team failed at path", "exit 1")
	d.states <- after()
	d.waitFor("+ require-labels")
	d.mustShow("+ pod default/redis")
	d.keys("enter")
	d.mustShow("4/5", "2023 edition", "a side step")
	d.keys("n")
	d.mustShow("5/5 Run a pod with it", "$ kubectl run nginx", "kubectl get pods --show-labels")
	d.keys("enter")
	d.waitFor("pod/nginx created")
	d.waitFor("✓ done")
	d.keys("enter")
	d.mustShow("Lab 2 is done. Lab 3 is next.", "4/4", "▸  3")
	d.until("progress is kept", func() bool {
		return len(d.progress.get("02-labels").Done) == 4
	})
	want := kept{Step: "allowed", Done: []string{"why", "apply", "denied", "allowed"}}
	if diff := cmp.Diff(want, d.progress.get("02-labels")); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	d.until("the session is closed", func() bool { _, _, closed := d.session.count(); return closed == 1 })
}

func TestSkippedStepsAreMarked(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "n", "n", "n")
	d.mustShow("✓ ! ! ○[●]", "5/5")
	d.keys("n")
	d.mustShow("This is the last step")
	d.keys("p", "p", "p", "p", "p")
	d.mustShow("1/5")
}

func TestLeavingUnfinished(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "n", "n", "n", "enter")
	d.waitFor("✓ done")
	d.keys("enter")
	d.mustShow("Lab 2 is not finished: 2 of 4 steps are still open.", "2/4")
}

// TestOutputStreams says that output is on the screen while its command still runs, and that it can be stopped.
func TestOutputStreams(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[2] = play{prints: []string{"waiting for pods"}, gate: make(chan struct{})}
	})
	d.keys("n", "n", "r")
	d.waitFor("waiting for pods")
	d.mustShow("running", "esc stop")
	if v := d.model.View(); v.ProgressBar == nil {
		t.Error("the terminal is not told that something runs")
	}
	d.keys("r", "n", "R", "c", "s")
	if ran, resets, _ := d.session.count(); len(ran) != 1 || resets != 0 {
		t.Errorf("while it ran, %v was run and %d resets done", ran, resets)
	}
	d.keys("esc")
	d.mustShow("stopping")
	d.waitFor("[stopped]")
	d.mustShow("3/5", "not run yet")
	if v := d.model.View(); v.ProgressBar != nil {
		t.Error("the terminal is still told that something runs")
	}
}

func TestInterruptStopsBeforeItQuits(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{prints: []string{"…"}, gate: make(chan struct{})}
	})
	d.keys("n", "enter", "ctrl+c")
	d.waitFor("[stopped]")
	if d.quit {
		t.Fatal("the app quit")
	}
	d.keys("ctrl+c")
	d.until("the app quits", func() bool { return d.quit })
}

func TestLeavingWhileSomethingRuns(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{prints: []string{"…"}, gate: make(chan struct{})}
	})
	d.keys("n", "enter", "q")
	d.mustShow("Leave the lab?", "stop and leave")
	d.keys("esc")
	d.mustShow("running")
	d.keys("q", "enter")
	d.mustShow("▸  2")
	d.until("the session is closed after its command ended", func() bool { _, _, c := d.session.count(); return c == 1 })
	d.keys("enter")
	d.until("the lab is open again", func() bool { return d.shows("2/5") && !d.shows("preparing") })
}

func TestFailedStepShowsWhatIsMissing(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[2] = play{prints: []string{"pod/nginx created\n"}, outcome: labs.Outcome{
			Hint: "Is the policy ready?",
			Checks: []labs.CheckResult{
				{Title: "the pod was denied", Missing: "the pod was created"}, {OK: true, Title: "the label is there"},
			},
		}}
	})
	d.keys("n", "n", "enter")
	d.waitFor("not yet: the pod was created")
	d.mustShow("✗ the pod was denied", "✓ the label is there", "hint  Is the policy ready?", "enter run")
	d.keys("1")
	d.mustShow("Done when", "✗ the pod was denied")
	d.keys("h")
	d.mustShow("hint 1/2  Read the last line")
	d.keys("h", "h")
	d.mustShow("hint 2/2  The policy must be ready first")
}

func TestCheckingWithoutRunning(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "n", "c")
	d.waitFor("2 checks hold")
	if ran, _, _ := d.session.count(); len(ran) != 0 {
		t.Errorf("%v was run", ran)
	}
}

func TestCommandThatCannotRun(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{err: fmt.Errorf("run command: %w", syscall.ECONNREFUSED)}
	})
	d.keys("n", "enter")
	d.waitFor("[the cluster does not answer]")
	d.mustShow("hint  Is it still running?")
	d.keys("r")
	d.until("it can be tried again", func() bool { ran, _, _ := d.session.count(); return len(ran) == 2 })
}

func TestReset(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "enter")
	d.waitFor("✓ done")
	d.keys("R")
	d.mustShow("Reset this lab?", "All of it", "The cluster, to how step 2 finds it")
	d.keys("esc")
	d.mustNotShow("Reset this lab?")
	d.keys("R", "down", "enter")
	d.until("the steps before are done anew", func() bool { return cmp.Equal(d.session.enteredAt(), []int{1}) })
	d.waitFor("done before")
	d.mustShow("2/5")
	d.keys("R", "enter")
	d.waitFor("1/5")
	d.mustShow("[●]○ ○ ○ ○")
	d.keys("3")
	d.mustShow("Nothing was run yet")
	d.until("no step is kept as done", func() bool { return len(d.progress.get("02-labels").Done) == 0 })
}

func TestResetThatFails(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) { d.session.fail = context.DeadlineExceeded })
	d.keys("n", "R", "enter")
	d.waitFor("no answer in time")
	d.mustShow("2/5")
}

func TestChoosingAStep(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("s")
	d.mustShow("Steps", "4  The same, the older way", "2023 edition")
	d.keys("down", "j", "enter")
	d.mustShow("Prepare step 3?", "1 step before it was not run yet")
	d.keys("o")
	d.mustShow("3/5 Run a pod without it")
	if at := d.session.enteredAt(); len(at) != 0 {
		t.Errorf("to look, the lab was taken to %v", at)
	}
	d.keys("s", "down", "enter", "enter")
	d.waitFor("4/5")
	if at := d.session.enteredAt(); !cmp.Equal(at, []int{3}) {
		t.Errorf("the lab was taken to %v", at)
	}
	d.keys("p")
	d.keys("s", "esc")
	d.mustShow("3/5")
}

func TestResumingRunsWhatWasDone(t *testing.T) {
	d := ready(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.progress.labs = map[string]kept{
			"02-labels": {Step: "allowed", Done: []string{"why", "apply", "denied", "gone from the lab"}},
		}
	})
	d.mustShow("resumes at step 5", "3/4", "▸  2", "enter resume")
	d.keys("enter")
	d.until("the lab is open", func() bool { return !d.shows("preparing") && d.shows("5/5") })
	if at := d.session.enteredAt(); !cmp.Equal(at, []int{4}) {
		t.Errorf("the lab was taken to the steps %v, want to the one where the learner was", at)
	}
	d.mustShow("✓ ✓ ✓ ▪[●]")
}

// TestALabThatIsDoneStartsOver: it is not resumed at its end; a step of it can be gone to.
func TestALabThatIsDoneStartsOver(t *testing.T) {
	done := func(d *driver, _ *tui.Options) {
		d.progress.labs = map[string]kept{"02-labels": {Step: "allowed", Done: []string{"why", "apply", "denied", "allowed"}}}
	}
	d := ready(t, 100, 30, done)
	d.keys("home", "down")
	d.mustShow("4/4", "done; enter opens it from its start")
	d.mustNotShow("resumes")
	d.keys("enter")
	d.until("the lab is open", func() bool { return !d.shows("preparing") && d.shows("1/5") })
	if at := d.session.enteredAt(); len(at) > 0 {
		t.Errorf("the lab was taken to %v", at)
	}
	d.keys("n", "q")
	d.mustShow("4/4", "resumes at step 2") // who goes through it again may leave, too
	d = start(t, 100, 30, done, func(_ *driver, o *tui.Options) { o.Lab, o.Step = "02-labels", 5 })
	d.until("the lab is open", func() bool { return !d.shows("preparing") && d.shows("5/5") })
}

func TestStepFromTheCommandLine(t *testing.T) {
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) { o.Lab = "02-labels" })
	d.until("the lab is open", func() bool { return d.shows("ready") && d.shows("1/5") && !d.shows("preparing") })
	if !cmp.Equal(d.opened.all(), []string{"02-labels"}) {
		t.Errorf("opened %v", d.opened.all())
	}
}

// TestAStepThatIsDoneIsNotResumed: who leaves after a step goes on with the next one, prepared; who went back stays there.
func TestAStepThatIsDoneIsNotResumed(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "enter")
	d.waitFor("✓ done")
	d.keys("q")
	d.mustShow("resumes at step 3")
	d.keys("enter")
	d.until("what is before it is done", func() bool { return cmp.Equal(d.session.enteredAt(), []int{2}) })
	d.keys("p", "p", "q")
	d.mustShow("resumes at step 1")
}
