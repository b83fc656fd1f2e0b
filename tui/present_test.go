package tui_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui"
)

// presenting is start for labs that are presented, with commands shown at once.
func presenting(_ *driver, o *tui.Options) { o.Present = true }

// onStage presents a lab that is open.
func onStage(t *testing.T, id string, width, height int, changes ...change) *driver {
	t.Helper()
	open := func(_ *driver, o *tui.Options) { o.Lab = id }
	d := start(t, width, height, append(changes, presenting, open)...)
	d.until("the lab is open and its files are read", func() bool {
		return len(d.opened.all()) > 0 && !d.shows("preparing") && d.taken["tui.filesMsg"] > 0
	})
	return d
}

// goOn presses the space bar until something is shown.
func (d *driver) goOn(want string) {
	d.t.Helper()
	for range 60 {
		d.until("what runs ended", func() bool { return !d.shows("running") })
		if d.shows(want) {
			return
		}
		d.keys("space")
	}
	d.t.Fatalf("%q did not come; the screen shows\n%s", want, d.plain())
}

// TestPresentALab goes through a whole lab with the one key that a clicker has, with what its session printed.
func TestPresentALab(t *testing.T) {
	d := onStage(t, "02-labels", 80, 24)
	d.mustNotShow("F3") // nothing but the lab
	for _, want := range []string{
		"15 minutes · 4 steps", "a label says to which one", "A label CostCenter names the team.", "people forget it", "kind: ClusterPolicy",
		"$ kubectl apply", "require-labels created", "✓ the policy require-labels is ready", "was blocked due to",
		"✓ there is no pod nginx", "pod/nginx created",
	} {
		d.goOn(want)
	}
	d.until("the presentation is kept where it is, for the notes to follow", func() bool {
		return d.progress.get("02-labels").Step == "allowed"
	})
	d.goOn("Lab 2 is done.")
	if ran, _, _ := d.session.count(); len(ran) != 3 { // the side step is not shown
		t.Errorf("ran steps %v", ran)
	}
	d.keys("enter")
	d.until("the next lab is open", func() bool { return len(d.opened.all()) == 2 && d.shows("Restrict image registries") })
	d.keys("q")
	d.until("the presentation ends", func() bool { return d.quit })
}

// TestPresentEveryKind asks, shows what was right, and shows what is written.
func TestPresentEveryKind(t *testing.T) {
	d := onStage(t, "04-kinds", 120, 40, func(d *driver, _ *tui.Options) {
		d.session.texts[1] = editFile
		d.session.plays = kindsPlays()
		for _, step := range []int{1, 2} {
			d.session.plays[step] = play{prints: []string{"solved\n"}, outcome: labs.Outcome{
				Passed: true, Checks: []labs.CheckResult{{OK: true, Title: "it is so"}},
			}}
		}
	})
	d.goOn("What will kubectl print?")
	d.keys("1")
	for _, want := range []string{"✓ 2", "CostCenter: IT", "✓ it is so", "The goal"} {
		d.goOn(want)
	}
	d.keys("f5")
	d.mustShow("F2") // the other screens are there
	d.keys("f2")
	d.mustShow("The goal")
	d.send(tea.PasteMsg{Content: "nothing takes it"})
	d.goOn("leaves")
	d.mustShow("Lab 4 is done.", "It was the last one.")
}

// TestPresentAtAStep begins where it is told to.
func TestPresentAtAStep(t *testing.T) {
	d := onStage(t, "02-labels", 80, 24, func(_ *driver, o *tui.Options) { o.Step = 3 })
	d.mustShow("Run a pod without it")
	if got := d.session.enteredAt(); len(got) != 1 || got[0] != 2 {
		t.Errorf("entered %v", got)
	}
}

// TestPresentStops: ctrl+c stops what runs, and then the presentation.
func TestPresentStops(t *testing.T) {
	d := onStage(t, "02-labels", 80, 24, func(d *driver, _ *tui.Options) {
		d.session.plays[1] = play{prints: []string{"begun\n"}, gate: make(chan struct{})}
	})
	for range 60 {
		if d.shows("enter runs it") {
			break
		}
		d.keys("space")
	}
	d.keys("enter")
	d.waitFor("begun")
	d.keys("space")
	d.mustShow("esc stops it")
	d.keys("ctrl+c")
	d.until("the command is stopped", func() bool { return d.shows("stopped") && !d.shows("stopping") })
	d.keys("ctrl+c")
	d.until("the presentation ends", func() bool { return d.quit })
}
