package cli

import (
	"time"

	"podsec/labs"
)

// labResult is what running a lab gave.
type labResult struct {
	ID     string       `json:"id"`
	Title  string       `json:"title"`
	Passed bool         `json:"passed"`
	Error  string       `json:"error,omitempty"` // the lab could not be run to its end
	Steps  []stepResult `json:"steps"`
	took   time.Duration
}

// stepResult is what running a step gave.
type stepResult struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Edition string        `json:"edition,omitempty"`
	Command string        `json:"command,omitempty"`
	Exit    int           `json:"exit"`
	Passed  bool          `json:"passed"`
	Checks  []checkResult `json:"checks"`
	Skipped string        `json:"skipped,omitempty"` // why the step could not be done on this cluster
	Hint    string        `json:"hint,omitempty"`
	Output  string        `json:"output,omitempty"`
	Millis  int64         `json:"milliseconds"`
	took    time.Duration
}

// checkResult is what a check found.
type checkResult struct {
	OK      bool   `json:"ok"`
	Title   string `json:"title"`
	Missing string `json:"missing,omitempty"`
}

func newStepResult(step *labs.Step, o labs.Outcome, output string, took time.Duration) stepResult {
	r := stepResult{
		ID: step.ID, Title: step.Title, Edition: step.Edition, Command: step.Command, Exit: o.Exit, Passed: o.Passed,
		Skipped: o.Skipped, Hint: o.Hint, Output: output, Checks: []checkResult{}, took: took, Millis: took.Milliseconds(),
	}
	for _, c := range o.Checks {
		r.Checks = append(r.Checks, checkResult(c))
	}
	return r
}

// skipped counts the steps that could not be done on the cluster.
func skipped(results []labResult) int {
	n := 0
	for _, lab := range results {
		for _, step := range lab.Steps {
			if step.Skipped != "" {
				n++
			}
		}
	}
	return n
}

// tally counts the steps of all labs and those that failed. A lab that could not be run counts as one step.
func tally(results []labResult) (steps, failed int) {
	for _, lab := range results {
		for _, step := range lab.Steps {
			steps++
			if !step.Passed {
				failed++
			}
		}
		if lab.Error != "" {
			steps++
			failed++
		}
	}
	return steps, failed
}
