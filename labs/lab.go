package labs

import (
	"cmp"
	"io/fs"
)

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
	Read    StepKind = "read"    // explanation only
	Predict StepKind = "predict" // a question on what will happen, then the command that shows it
	Run     StepKind = "run"     // a command to run and its check
	Edit    StepKind = "edit"    // a file to write or to repair; the command puts it to use, the checks are on what it does
	Explore StepKind = "explore" // a goal, to be reached with the learner's own commands
	Recap   StepKind = "recap"   // what there was to learn
)

// Step is one step of a lab.
type Step struct {
	ID       string // unique in the lab, from the heading's anchor
	Title    string
	Kind     StepKind
	Edition  string    // "", or "2023" for a side step with the older edition's command
	Prose    string    // Markdown
	Question *Question // of a Predict step, else nil
	File     string    // the file of the lab's folder that the step is about, "" for none; an Edit step has the learner change it
	Command  string    // the command line, as the workshop prints it; may have several lines; "" for an Explore step
	Checks   []Check
	Mistakes []Mistake // wrong answers that are known, looked for in this order when a check does not hold
	Hints    []string  // Markdown; the rungs before the solution
	Solution Solution  // the last rung, which can be applied for the learner; of a Run step it is its command
	Notes    string    // for the person who presents, Markdown
	Needs    []string  // what not every cluster has: NeedInstall, …; where it is lacking the step is skipped
	Line     int       // of the step's heading in lab.md
}

// Solving is the command line that a step is done with when its solution is applied: the solution's, else the step's own, which
// puts the solution's file to use; "" when there is nothing to run.
func (s *Step) Solving() string { return cmp.Or(s.Solution.Command, s.Command) }

// Question asks what will happen. The learner chooses before the command runs, and sees then.
type Question struct {
	Text    string // Markdown
	Choices []Choice
}

// Choice is one answer to a Question.
type Choice struct {
	Text  string // Markdown, one line
	Right bool   // exactly one of a question's choices is
	Reply string // what is said to the learner who chose it, once the command ran
}

// Solution is what solves a step.
type Solution struct {
	File    string // the file of the lab's folder whose content takes the place of the step's File; "" for none
	Command string // the command lines that a learner could have typed; "" for none
}

// Mistake is a wrong answer that learners give often.
type Mistake struct {
	When []Check  // it was made when all of these hold
	Says string   // what is said about it, Markdown
	Try  Solution // makes the mistake: the linter proves with it that the mistake is recognised
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
	// Skipped says why the step could not be done on this cluster, "" when it was. A skipped step counts as passed.
	Skipped string
	// Mistake is what is said about a mistake that was recognised, "" for none.
	Mistake string
}
