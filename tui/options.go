package tui

import (
	"context"
	"io"
	"time"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
)

// Options is what the app is made of.
type Options struct {
	// Labs are the labs in their order.
	Labs []*labs.Lab
	// ClusterName names the cluster in use, before it answers too: "simulated". Progress is kept by it.
	ClusterName string
	// Connect brings the cluster up. It is called after the first frame, and again when the learner asks for it after it
	// failed. The context is that of the app.
	Connect func(ctx context.Context) (Cluster, error)
	// Places finds the clusters that the learner may change to, none when there is only the one in use. It may read files,
	// and is called again for each list that is shown. nil finds none.
	Places func() ([]Place, error)
	// Progress is what the learner did before, and keeps what is done now. nil keeps nothing.
	Progress Progress
	// Notice is shown on the home screen: what the learner must know of the start, such as a damaged progress file.
	Notice string
	// Lab is the ID of a lab to open at once, "" for the home screen, and Step the step to open it at, counted from 1; 0 is
	// where the learner was.
	Lab  string
	Step int
	// Present shows labs to a room instead of to a learner, and Speed is how many characters of a command are typed there
	// in a second; 0 shows commands at once.
	Present bool
	Speed   int
	// Theme is the look to begin with, style.Auto when it is "".
	Theme style.Theme
	// ASCII draws with the characters of ASCII only, for a terminal that knows no others.
	ASCII bool
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// Input, Output and Environ are the terminal; the process's own when nil.
	Input   io.Reader
	Output  io.Writer
	Environ []string
	// Width and Height are the terminal's size when Output cannot be asked for it, such as a virtual terminal.
	Width, Height int
}

// Cluster is a cluster that is up.
type Cluster struct {
	// Detail is said of it beside its name: "Kubernetes v1.36.3".
	Detail string
	// Kubeconfig is the path of a kubeconfig for another terminal, "" for none.
	Kubeconfig string
	// States sends the cluster's state whenever it changes. It may be closed.
	States <-chan kube.State
	// Source is what the screens about the cluster ask.
	Source Source
	// Open takes the cluster to the start of a lab.
	Open func(ctx context.Context, lab *labs.Lab) (Session, error)
	// Explain says what an error of using the cluster means: an error that has a Hint() string, or the one that it was given.
	// nil explains none.
	Explain func(error) error
	// Close ends the use of the cluster when the learner changes to another one, nil for nothing to do. The context given
	// to Connect ends just before.
	Close func() error
}

// Place is a cluster that the learner may change to.
type Place struct {
	// Name names the cluster as Options.ClusterName does, and Note is told beside it: "current context".
	Name, Note string
	// Look finds out which cluster it is and what the learner has to agree to; nil when there is nothing to agree to. It
	// changes nothing.
	Look func(ctx context.Context) (Sight, error)
	// Connect is Options.Connect for this cluster. Of a cluster with a Look it is called once the learner has agreed.
	Connect func(ctx context.Context) (Cluster, error)
	// Moved is what the learner must know of working there, said once it is chosen.
	Moved string
}

// Sight is a cluster that was looked at.
type Sight struct {
	Text      string // which one it is, in lines
	Questions []screen.Question
}

// Session is a lab being worked on; *labs.Session is one. The app calls one method at a time, but for
// those about a file, and Complete.
type Session interface {
	// Run runs a step's command, streams what it prints to out, and checks the step.
	Run(ctx context.Context, step int, out io.Writer) (labs.Outcome, error)
	// Solve applies a step's solution, and runs and checks it as Run does.
	Solve(ctx context.Context, step int, out io.Writer) (labs.Outcome, error)
	// Exec runs a line of the learner's own; Run then judges a step by it that has a goal.
	Exec(ctx context.Context, line string, out io.Writer) (exit int, err error)
	// Complete returns the words that the last word of a line may become.
	Complete(ctx context.Context, line string) ([]string, error)
	// Cwd is the folder where the next line of the learner's own starts.
	Cwd() string
	// Enter takes the lab to a step as if the learner had come there, and reports how many steps of how many are done.
	Enter(ctx context.Context, step int, report func(done, of int)) error
	// Text, Save and Restore read the file of an edit step, write it, and take it back to the last version that passed.
	Text(step int) (string, error)
	Save(step int, text string) error
	Restore(step int) error
	// Path is where that file is, for the learner's own editor.
	Path(step int) string
	// Check checks a step without running it.
	Check(ctx context.Context, step int) ([]labs.CheckResult, error)
	// Reset takes the lab and its cluster back to the start.
	Reset(ctx context.Context) error
	// Close ends the session.
	Close() error
}

// Noter is a Progress that also keeps what steps took; *labs.Progress is one.
type Noter interface {
	// Note adds to what a step took. It may be called at any time.
	Note(cluster, lab, step string, more labs.StepProgress) error
}

// Progress keeps what a learner did on a cluster; *labs.Progress does.
type Progress interface {
	// Lab is what is known of a lab when the app starts. It must not wait.
	Lab(cluster, lab string) labs.LabProgress
	// Save keeps the step to go on with and the IDs of the steps that are done. It is called outside of the app's loop,
	// never twice at the same time.
	Save(cluster, lab, step string, done []string) error
}
