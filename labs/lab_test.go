package labs

import "testing"

// TestSolving: a step is done with its solution's command, else with its own.
func TestSolving(t *testing.T) {
	for want, step := range map[string]Step{
		"":          {Kind: Read},
		"apply own": {Kind: Edit, Command: "apply own", Solution: Solution{File: "solved.yaml"}},
		"find out":  {Kind: Explore, Solution: Solution{Command: "find out"}},
		"the other": {Kind: Predict, Command: "one", Solution: Solution{Command: "the other"}},
	} {
		if got := step.Solving(); got != want {
			t.Errorf("%s step: %q, want %q", step.Kind, got, want)
		}
	}
}
