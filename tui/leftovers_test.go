package tui_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"podsec/labs"
	"podsec/tui"
)

// littered is a session on a cluster that is not empty, and that its lab adds to.
type littered struct {
	*fakeSession
	left   []string
	err    error
	looked *bool
}

func (l littered) Leftovers(context.Context) ([]string, error) {
	if *l.looked {
		return append(slices.Clone(l.left), "the ClusterPolicy mine", "the namespace ui"), l.err
	}
	*l.looked = true
	return l.left, l.err
}

// withLeft has sessions say what is left.
func withLeft(err error, left ...string) change {
	return func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, failed := connect(ctx)
			open := c.Open
			c.Open = func(ctx context.Context, l *labs.Lab) (tui.Session, error) {
				s, failed := open(ctx, l)
				return littered{s.(*fakeSession), left, err, new(bool)}, failed
			}
			return c, failed
		}
	}
}

func TestLeftoversAreShown(t *testing.T) {
	d := inLab(t, 80, 24, withLeft(nil, "the ClusterPolicy require-labels", "the policy p in ui"))
	d.mustShow("The cluster is not empty", "the ClusterPolicy require-labels, as lab 2 makes it", "· the policy p in ui", "enter go on")
	d.keys("enter")
	d.mustNotShow("The cluster is not empty")
	d.keys("n", "n", "n", "n", "enter")
	d.until("the step was run", func() bool { ran, _, _ := d.session.count(); return len(ran) == 1 })
	d.waitFor("✓ done")
	d.keys("enter")
	d.waitFor("ClusterPolicy mine and the namespace ui in the cluster.")
	d.mustShow("The next lab takes")
	d.mustNotShow("require-labels and") // it was there before
}

// TestLeftoversDoNotForgetTheRun: what was asked for while the lab was opened is done once the learner has read on.
func TestLeftoversDoNotForgetTheRun(t *testing.T) {
	gate := make(chan struct{})
	d := ready(t, 80, 24, withLeft(nil, "a"), func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			open := c.Open
			c.Open = func(ctx context.Context, l *labs.Lab) (tui.Session, error) {
				<-gate
				return open(ctx, l)
			}
			return c, err
		}
	})
	d.keys("home", "down", "enter", "n", "enter")
	close(gate)
	d.waitFor("The cluster is not empty")
	d.keys("enter")
	d.until("the step was run", func() bool { ran, _, _ := d.session.count(); return len(ran) == 1 })
}

func TestLeftoversThatCannotBeTold(t *testing.T) {
	d := inLab(t, 80, 24, withLeft(errors.New("connection refused"), "a"))
	d.mustNotShow("The cluster is not empty", "connection refused")
	d.keys("n")
	d.mustShow("2/5")
}
