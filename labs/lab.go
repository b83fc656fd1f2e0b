package labs

import "io/fs"

// Lab is one lab, read from a folder with a lab.md.
type Lab struct {
	ID      string // the folder's name: "02-pod-labels"
	Number  int    // from the folder's name
	Title   string
	Summary string // one sentence for the list of labs
	Minutes int    // how long a learner needs
	Start   Baseline
	Intro   string // Markdown before the first step
	Steps   []Step
	Files   fs.FS // the folder
}

// Baseline is the known state of the cluster that a lab starts from.
type Baseline struct {
	Kyverno   bool     // Kyverno is installed
	Workloads bool     // the sample applications run
	Apply     []string // manifests of the lab's folder, applied in order
}

// StepKind is what a step asks of the learner.
type StepKind string

// The kinds of steps.
const (
	Read StepKind = "read" // explanation only
	Run  StepKind = "run"  // a command to run and its check
)

// Step is one step of a lab.
type Step struct {
	ID      string // unique in the lab, from the heading's anchor
	Title   string
	Kind    StepKind
	Edition string // "", or "2023" for a side step with the older edition's command
	Prose   string // Markdown
	File    string // the file of the lab's folder that the step is about, "" for none
	Command string // the command line, as the workshop prints it; may have several lines
	Checks  []Check
	Hints   []string
	Line    int // of the step's heading in lab.md
}

// CheckResult is what one check found.
type CheckResult struct {
	OK      bool
	Title   string // what is checked, in the learner's words: "the pod nginx was denied by require-labels/check-team"
	Missing string // what is not (yet) so; empty when OK
}

// Outcome is what running a step gave.
type Outcome struct {
	Exit   int // the command's exit status
	Passed bool
	Checks []CheckResult
	Hint   string // the next hint when a check failed
}
