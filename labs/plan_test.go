package labs_test

import (
	"strings"
	"testing"
	"time"

	"podsec/assets"
	"podsec/labs"
)

// TestPlan shares the minutes: what asks more of the room gets more, and side steps come on top.
func TestPlan(t *testing.T) {
	lab := &labs.Lab{Minutes: 10, Steps: []labs.Step{
		{Kind: labs.Read, Prose: "Few words."},
		{Kind: labs.Read, Prose: strings.Repeat("word ", 200)},
		{Kind: labs.Run},
		{Kind: labs.Run, Edition: "2023"},
		{Kind: labs.Predict},
		{Kind: labs.Edit},
		{Kind: labs.Explore},
		{Kind: labs.Recap},
	}}
	plan := lab.Plan()
	var sum time.Duration
	for i, d := range plan {
		if d < 15*time.Second || d%(15*time.Second) != 0 {
			t.Errorf("step %d takes %v", i, d)
		}
		if lab.Steps[i].Edition == "" {
			sum += d
		}
	}
	if off := (sum - 10*time.Minute).Abs(); off > time.Minute {
		t.Errorf("the steps take %v of 10 minutes", sum)
	}
	for _, order := range [][2]int{{0, 1}, {2, 4}, {4, 5}, {5, 6}} {
		if plan[order[0]] >= plan[order[1]] {
			t.Errorf("step %d takes %v, step %d %v", order[0], plan[order[0]], order[1], plan[order[1]])
		}
	}
	if plan[2] != plan[3] {
		t.Errorf("a side step takes %v, another one %v", plan[3], plan[2])
	}
	if got := (&labs.Lab{Minutes: 5}).Plan(); len(got) != 0 {
		t.Errorf("a lab without steps has the plan %v", got)
	}
}

// TestPlanOfTheWorkshop: the plans of the workshop's labs add up to their minutes.
func TestPlanOfTheWorkshop(t *testing.T) {
	all, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	for _, lab := range all {
		var sum time.Duration
		for i, d := range lab.Plan() {
			if lab.Steps[i].Edition == "" {
				sum += d
			}
		}
		if off := (sum - time.Duration(lab.Minutes)*time.Minute).Abs(); off > 2*time.Minute {
			t.Errorf("lab %s: the steps take %v of %d minutes", lab.ID, sum, lab.Minutes)
		}
	}
}
