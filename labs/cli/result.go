package cli

import (
	"time"

	"podsec/labs"
)

// labResult is what running a lab gave.
type labResult struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Passed bool   `json:"passed"`
	Error  string `json:"error,omitempty"` // the lab could not be run to its end
	// Skipped says why the lab could not be done on this cluster.
	Skipped string       `json:"skipped,omitempty"`
	Steps   []stepResult `json:"steps"`
	took    time.Duration
}

// stepResult is what running a step gave.
type stepResult struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Kind    string        `json:"kind"`
	Edition string        `json:"edition,omitempty"`
	Answer  string        `json:"answer,omitempty"` // the right choice of a question
	Before  *attempt      `json:"before,omitempty"` // what running the file gave that the learner is to change
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

// attempt is a command that did not do what the step wants.
type attempt struct {
	Command string `json:"command"`
	Exit    int    `json:"exit"`
	Output  string `json:"output,omitempty"`
}

// checkResult is what a check found.
type checkResult struct {
	OK      bool   `json:"ok"`
	Title   string `json:"title"`
	Missing string `json:"missing,omitempty"`
}

func newStepResult(step *labs.Step, o labs.Outcome, output string, took time.Duration) stepResult {
	r := stepResult{
		ID: step.ID, Title: step.Title, Kind: string(step.Kind), Edition: step.Edition, Answer: answer(step),
		Command: solving(step), Exit: o.Exit, Passed: o.Passed,
		Skipped: o.Skipped, Hint: o.Hint, Output: output, Checks: []checkResult{}, took: took, Millis: took.Milliseconds(),
	}
	for _, c := range o.Checks {
		r.Checks = append(r.Checks, checkResult(c))
	}
	return r
}

// answer is the right choice of a step's question, "" when it asks none.
func answer(step *labs.Step) string {
	if step.Question == nil {
		return ""
	}
	for _, c := range step.Question.Choices {
		if c.Right {
			return c.Text
		}
	}
	return ""
}

// solving is what a learner would type to solve a step.
func solving(step *labs.Step) string {
	if step.Solution.File != "" {
		return "cp " + step.Solution.File + " " + step.File + "\n" + step.Command
	}
	return step.Solving()
}

// began adds what the step gave before anything was solved: it must not have been done yet.
func (r *stepResult) began(step *labs.Step, o labs.Outcome, output string) {
	if step.Command != "" {
		r.Before = &attempt{Command: step.Command, Exit: o.Exit, Output: output}
	}
	if o.Passed {
		r.Passed = false
		r.Checks = append(r.Checks, checkResult{
			Title: "the step is not done before the learner did it", Missing: "its checks held already",
		})
	}
}

// skipped counts the labs and the steps that could not be done on the cluster.
func skipped(results []labResult) int {
	n := 0
	for _, lab := range results {
		if lab.Skipped != "" {
			n++
		}
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
