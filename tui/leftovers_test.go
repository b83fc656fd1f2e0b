package tui_test

import (
	"context"
	"errors"
	"testing"

	"podsec/labs"
	"podsec/tui"
)

// littered is a session on a cluster that is not empty.
type littered struct {
	*fakeSession
	left []string
	err  error
}

func (l littered) Leftovers(context.Context) ([]string, error) { return l.left, l.err }

// withLeft has sessions say what is left.
func withLeft(err error, left ...string) change {
	return func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, failed := connect(ctx)
			open := c.Open
			c.Open = func(ctx context.Context, l *labs.Lab) (tui.Session, error) {
				s, failed := open(ctx, l)
				return littered{s.(*fakeSession), left, err}, failed
			}
			return c, failed
		}
	}
}

func TestLeftoversAreShown(t *testing.T) {
	d := inLab(t, 80, 24, withLeft(nil, "the ClusterPolicy require-labels", "the policy p in ui"))
	d.mustShow("The cluster is not empty", "the ClusterPolicy require-labels, as lab 2 makes it", "· the policy p in ui", "enter reset", "o go on as it is")
	d.keys("o")
	d.mustShow("R resets the lab at any time")
	d.keys("n", "n", "n", "n", "enter")
	d.until("the step was run", func() bool { ran, _, _ := d.session.count(); return len(ran) == 1 })
	d.waitFor("✓ done")
	d.keys("enter")
	d.waitFor("ClusterPolicy require-labels and the policy p in ui in the cluster.")
}

func TestLeftoversAreReset(t *testing.T) {
	d := inLab(t, 80, 24, withLeft(nil, "a", "b", "c", "d"))
	d.keys("enter")
	d.until("the lab was reset", func() bool { _, resets, _ := d.session.count(); return resets == 1 })
}

func TestLeftoversThatCannotBeTold(t *testing.T) {
	d := inLab(t, 80, 24, withLeft(errors.New("connection refused"), "a"))
	d.mustNotShow("The cluster is not empty", "connection refused")
	d.keys("n")
	d.mustShow("2/5")
}
