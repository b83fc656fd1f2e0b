package labs

import (
	"context"
	"io/fs"
	"time"
)

// Check is one thing that must be true after a step; its kinds are in the files check_*.go.
type Check interface {
	// Title says in the learner's words what is checked: "the pod nginx exists in default".
	Title() string
	// Judge says what is not (yet) so, in a sentence, or "" when the check holds. A check on the cluster waits for it
	// to become true until ctx ends. An error means that it could not be judged.
	Judge(ctx context.Context, e Evidence) (missing string, err error)
}

// Evidence is what checks judge by.
type Evidence struct {
	Answer Answer // of the step's command; its zero value when none ran
	View   *View  // the cluster
	Files  fs.FS  // the lab's files; the one that the learner edits is as it is now
	File   string // the file that the learner edits, "" for none

	settled <-chan struct{} // closed once what is tried is answered for good; nil when that is not known
	steady  time.Duration   // how long an answer must stay the same then
}

// answerCheck marks the checks that only look at the command's answer: they never wait.
type answerCheck interface{ judgesAnswer() }

// onAnswer is embedded in checks on the answer.
type onAnswer struct{}

func (onAnswer) judgesAnswer() {}

// instant says whether a check needs no waiting: it looks at an answer, or at a file.
func instant(c Check) bool {
	switch underlying(c).(type) {
	case answerCheck, *writtenCheck:
		return true
	}
	return false
}

// titled is a check with a title of the lab's own.
type titled struct {
	Check
	title string
}

// Title gives the title that the lab set.
func (t titled) Title() string { return t.title }

// lasting is a check that held before its step already, and is to hold still.
type lasting struct{ Check }

// underlying is the check itself, below what a lab says of it.
func underlying(c Check) Check {
	for {
		switch over := c.(type) {
		case titled:
			c = over.Check
		case lasting:
			c = over.Check
		default:
			return c
		}
	}
}

// lasts says whether a check is to hold before its step, too.
func lasts(c Check) bool {
	for {
		switch over := c.(type) {
		case lasting:
			return true
		case titled:
			c = over.Check
		default:
			return false
		}
	}
}
