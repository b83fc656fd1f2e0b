package tui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"podsec/kube"
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
	d.mustShow("Reset this lab?")
	d.keys("n")
	d.mustNotShow("Reset this lab?")
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
	d.mustShow("3/5 Run a pod without it")
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
	if ran, _, _ := d.session.count(); !cmp.Equal(ran, []int{1, 2}) {
		t.Errorf("steps %v were run again, want the commands of what was done", ran)
	}
	d.mustShow("✓ ✓ ✓ ○[●]")
}

func TestStepFromTheCommandLine(t *testing.T) {
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) { o.Lab = "02-labels" })
	d.until("the lab is open", func() bool { return d.shows("ready") && d.shows("1/5") && !d.shows("preparing") })
	if !cmp.Equal(d.opened, []string{"02-labels"}) {
		t.Errorf("opened %v", d.opened)
	}
}

// TestSlowCluster says that the first frame does not wait for the cluster, and that a lab can be chosen meanwhile.
func TestSlowCluster(t *testing.T) {
	gate := make(chan struct{})
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) { <-gate; return connect(ctx) }
	})
	d.mustShow("simulated ○ starting", "Validate and mutate pod labels")
	d.keys("down", "enter")
	d.mustShow("preparing the lab")
	close(gate)
	d.until("the lab is open", func() bool { return d.shows("● ready") && !d.shows("preparing") })
	d.keys("n", "enter")
	d.waitFor("✓ done")
}

func TestClusterThatDoesNotComeUp(t *testing.T) {
	tries := 0
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			if tries++; tries < 3 {
				return tui.Cluster{}, fmt.Errorf("listen: %w", &hinted{"address already in use", "Close the other podsec."})
			}
			return connect(ctx)
		}
	})
	d.waitFor("✗ no answer")
	d.mustShow("address already in use", "Close the other podsec.", "r try again")
	d.keys("down", "enter")
	d.waitFor("✗ listen: address already in use")
	d.mustShow("enter try again")
	d.keys("enter")
	d.until("the lab is open", func() bool { return d.shows("● ready") && !d.shows("preparing") })
}

type hinted struct{ message, hint string }

func (h *hinted) Error() string { return h.message }

func (h *hinted) Hint() string { return h.hint }

func TestLabThatDoesNotOpen(t *testing.T) {
	fails := true
	d := ready(t, 80, 24, func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			open := c.Open
			c.Open = func(ctx context.Context, l *labs.Lab) (tui.Session, error) {
				if fails {
					return nil, errors.New("reset cluster: policies.yaml: no such kind")
				}
				return open(ctx, l)
			}
			return c, err
		}
	})
	d.keys("down", "enter")
	d.waitFor("✗ reset cluster: policies.yaml: no such kind")
	fails = false
	d.keys("enter")
	d.waitFor("○ to read")
}

func TestCopying(t *testing.T) {
	d := ready(t, 80, 24)
	d.keys("y")
	d.until("it is copied", func() bool { return d.copied != "" })
	if d.copied != "export KUBECONFIG=/tmp/podsec/kubeconfig" {
		t.Errorf("copied %q", d.copied)
	}
	d.mustShow("copied the export line")
	d.copied = ""
	d.keys("down", "enter", "n", "y")
	d.until("it is copied", func() bool { return d.copied != "" })
	if d.copied != "kubectl apply -f require-labels.yaml" {
		t.Errorf("copied %q", d.copied)
	}
	d.keys("j")
	d.mustNotShow("copied the command")
}

// TestProgressIsKeptBeforeTheEnd says that quitting waits for a save under way.
func TestProgressIsKeptBeforeTheEnd(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "n", "q", "q")
	d.until("the app quits", func() bool { return d.quit })
	if got := d.progress.get("02-labels").Step; got != "denied" {
		t.Errorf("kept step %q, want the last one", got)
	}
}

func TestProgressThatCannotBeKept(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) { d.progress.err = syscall.ENOSPC })
	d.keys("n")
	d.waitFor("progress was not saved: the disk is full")
}

func TestNotice(t *testing.T) {
	d := ready(t, 80, 24, func(_ *driver, o *tui.Options) { o.Notice = "progress.json was damaged and set aside" })
	d.mustShow("progress.json was damaged and set aside")
	d.keys("down", "enter", "q")
	d.mustNotShow("set aside")
}

func TestTooSmall(t *testing.T) {
	d := inLab(t, 80, 24)
	d.send(tea.WindowSizeMsg{Width: 49, Height: 15})
	d.mustShow("It needs 50×15, this is 49×15.")
	mustFill(t, d.content(), 49, 15)
	d.keys("enter", "n")
	d.send(tea.WindowSizeMsg{Width: 10, Height: 2})
	mustFill(t, d.content(), 10, 2)
	d.send(tea.WindowSizeMsg{Width: 50, Height: 15})
	d.mustShow("1/5")
	d.send(tea.WindowSizeMsg{Width: 20, Height: 5})
	d.keys("q")
	d.until("q quits there too", func() bool { return d.quit })
}

// TestResizing draws every scene at many sizes: always exactly the size of the terminal.
func TestResizing(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			d := scene.play(t, 120, 40)
			for w := 1; w < 200; w += 7 {
				h := w*5%61 + 1
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
				mustFill(t, d.content(), w, h)
			}
		})
	}
}

// TestHostileText says that nothing that comes from outside steers the terminal, whatever way it comes.
func TestHostileText(t *testing.T) {
	const evil = "\x1b]0;owned\a\x1b[2J\x1b[31mE\u202evil\t日本\u009b5m"
	d := ready(t, 120, 40, func(d *driver, o *tui.Options) {
		o.ClusterName, o.Notice = evil, evil
		l := o.Labs[1]
		l.Title, l.Summary, l.Intro = evil, evil, evil
		l.Steps[1].Title, l.Steps[1].Prose, l.Steps[1].Command, l.Steps[1].Hints = evil, evil, evil, []string{evil}
		l.Steps[1].Checks = []labs.Check{titleCheck(evil)}
		d.session.plays[1] = play{prints: []string{evil, "\n", evil}, outcome: labs.Outcome{
			Hint: evil, Checks: []labs.CheckResult{{Title: evil, Missing: evil}},
		}}
	})
	clean := func() {
		t.Helper()
		mustFill(t, d.content(), 120, 40)
		for _, bad := range []string{"\x1b]0", "\x1b[2J", "\x1b[31m", "\a", "\u202e", "\u009b", "\t"} {
			if strings.Contains(d.content(), bad) {
				t.Errorf("%q reached the screen", bad)
			}
		}
		if title := d.model.View().WindowTitle; strings.ContainsAny(title, "\x1b\a\n") {
			t.Errorf("the window's title is %q", title)
		}
	}
	clean()
	d.states <- kube.State{
		Kyverno: true, Err: errors.New(evil),
		Namespaces: []kube.Namespace{{Name: evil, PSA: map[string]string{evil: evil}}},
		Workloads:  []kube.Workload{{Kind: evil, Name: strings.Repeat(evil, 40), Status: evil}},
	}
	d.keys("down", "enter")
	d.until("the lab is open", func() bool { return !d.shows("preparing") })
	clean()
	d.keys("n", "h", "enter")
	d.waitFor("not yet")
	clean()
	for _, k := range []string{"s", "esc", "tab", "tab", "z", "2", "?"} {
		d.keys(k)
		clean()
	}
}

func TestScrollingAndPanes(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		var long strings.Builder
		for i := range 100 {
			fmt.Fprintf(&long, "line %d of the output\n", i)
		}
		d.session.plays[1] = play{prints: []string{long.String()}, outcome: labs.Outcome{Passed: true}}
	})
	d.keys("n", "enter")
	d.waitFor("✓ done")
	d.mustShow("line 99 of")
	d.keys("g")
	d.mustShow("$ kubectl apply", "line 0 of")
	d.keys("pgdown", "j", "k", "pgup")
	d.mustShow("line 0 of")
	d.send(tea.MouseWheelMsg{X: 5, Y: 10, Button: tea.MouseWheelDown})
	d.mustNotShow("line 0 of")
	d.keys("G")
	d.mustShow("line 99 of")
	d.keys("2")
	d.mustShow(" 1  apiVersion: kyverno.io/v1")
	d.keys("tab", "tab")
	d.mustShow("Blocked requests")
	d.keys("tab")
	d.mustShow("This policy wants")
	d.keys("shift+tab")
	d.mustShow("Blocked requests")
	d.send(tea.MouseClickMsg{X: 2, Y: 2, Button: tea.MouseLeft})
	d.mustShow("This policy wants")
}

func TestMouseOnHome(t *testing.T) {
	d := ready(t, 80, 24)
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	d.mustShow("▸  2")
	d.send(tea.MouseClickMsg{X: 8, Y: 5, Button: tea.MouseLeft})
	d.mustShow("▸  3")
	d.keys("0")
	d.mustShow("▸  0")
	d.send(tea.MouseClickMsg{X: 8, Y: 3, Button: tea.MouseLeft})
	d.mustShow("1/1 Three levels")
}

func TestElapsed(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{prints: []string{"…"}, gate: make(chan struct{})}
	})
	d.ticks = true
	d.keys("n", "enter")
	d.until("the sign moves", func() bool { return d.shows("⠙ running") || d.shows("⠹ running") })
}

func TestLabsListIsEmpty(t *testing.T) {
	d := ready(t, 80, 24, func(_ *driver, o *tui.Options) { o.Labs = nil })
	d.mustShow("no labs found")
	d.keys("enter", "down", "up", "end", "?")
	d.mustShow("Keys")
	d.keys("?", "q")
	d.until("the app quits", func() bool { return d.quit })
}
