package tui_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
)

// TestSlowCluster says that the first frame does not wait for the cluster, and that a lab can be chosen meanwhile.
func TestSlowCluster(t *testing.T) {
	gate := make(chan struct{})
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) { <-gate; return connect(ctx) }
	})
	d.mustShow("○ starting", "Validate and mutate pod labels")
	d.keys("down", "enter")
	d.mustShow("preparing the lab")
	close(gate)
	d.until("the lab is open", func() bool { return d.shows("● ready") && !d.shows("preparing") })
	d.keys("n", "enter")
	d.waitFor("✓ done")
}

func TestClusterThatDoesNotComeUp(t *testing.T) {
	tries := 0
	d := start(t, 80, 24, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			if tries++; tries < 3 {
				return tui.Cluster{}, fmt.Errorf("listen: %w", &hinted{"address already in use", "Close the other podsec."})
			}
			return connect(ctx)
		}
	})
	d.waitFor("✗ no answer")
	d.mustShow("address already in use", "Close the other podsec.", "r try again")
	d.keys("down", "enter")
	d.waitFor("✗ listen: address already in use")
	d.mustShow("enter try again")
	d.keys("enter")
	d.until("the lab is open", func() bool { return d.shows("● ready") && !d.shows("preparing") })
}

type hinted struct{ message, hint string }

func (h *hinted) Error() string { return h.message }

func (h *hinted) Hint() string { return h.hint }

func TestLabThatDoesNotOpen(t *testing.T) {
	fails := true
	d := ready(t, 80, 24, func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			open := c.Open
			c.Open = func(ctx context.Context, l *labs.Lab) (tui.Session, error) {
				if fails {
					return nil, errors.New("reset cluster: policies.yaml: no such kind")
				}
				return open(ctx, l)
			}
			return c, err
		}
	})
	d.keys("down", "enter")
	d.waitFor("✗ reset cluster: policies.yaml: no such kind")
	fails = false
	d.keys("enter")
	d.waitFor("○ to read")
}

func TestCopying(t *testing.T) {
	d := ready(t, 80, 24)
	d.keys("y")
	d.until("it is copied", func() bool { return d.copied != "" })
	if d.copied != "export KUBECONFIG=/tmp/podsec/kubeconfig" {
		t.Errorf("copied %q", d.copied)
	}
	d.mustShow("copied the export line")
	d.copied = ""
	d.keys("down", "enter", "n", "y")
	d.until("it is copied", func() bool { return d.copied != "" })
	if d.copied != "kubectl apply -f require-labels.yaml" {
		t.Errorf("copied %q", d.copied)
	}
	d.keys("j")
	d.mustNotShow("copied the command")
}

// TestProgressIsKeptBeforeTheEnd says that quitting waits for a save under way.
func TestProgressIsKeptBeforeTheEnd(t *testing.T) {
	d := inLab(t, 80, 24)
	d.keys("n", "n", "q", "q")
	d.until("the app quits", func() bool { return d.quit })
	if got := d.progress.get("02-labels").Step; got != "denied" {
		t.Errorf("kept step %q, want the last one", got)
	}
}

func TestProgressThatCannotBeKept(t *testing.T) {
	d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) { d.progress.err = syscall.ENOSPC })
	d.keys("n")
	d.waitFor("progress was not saved: the disk is full")
}

func TestNotice(t *testing.T) {
	d := ready(t, 80, 24, func(_ *driver, o *tui.Options) { o.Notice = "progress.json was damaged and set aside" })
	d.mustShow("progress.json was damaged and set aside")
	d.keys("down", "enter", "q")
	d.mustNotShow("set aside")
}

// TestClusterThatGoesAway says so on every screen, keeps what was known, and says when it is back.
func TestClusterThatGoesAway(t *testing.T) {
	d := ready(t, 80, 24)
	states := d.states
	shop := []kube.Namespace{{Name: "shop"}}
	states <- kube.State{Namespaces: shop}
	d.waitFor("● ready")
	states <- kube.State{Namespaces: shop, Err: &hinted{"nothing listens there", "Is the cluster running?"}}
	d.waitFor("✗ reconnecting")
	d.mustShow("nothing listens there", "Is the cluster running?")
	d.keys("enter")
	d.waitFor("✗ reconnecting")
	states <- kube.State{Namespaces: shop}
	d.waitFor("answers again")
	d.mustShow("● ready")
	states <- kube.State{Namespaces: shop, Err: &hinted{"the connection broke", ""}}
	d.waitFor("the connection broke; tried again by itself")
	states <- kube.State{Namespaces: shop, Err: apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", errors.New("no"))}
	d.waitFor("● ready")
}

// TestMessagesWhileSomethingRuns: the request to wait goes with what was waited for, and no other message does.
func TestMessagesWhileSomethingRuns(t *testing.T) {
	const wait, lost = "not through yet", "the connection broke; tried again"
	for _, breaks := range []bool{false, true} {
		gate := make(chan struct{})
		d := inLab(t, 80, 24, func(d *driver, _ *tui.Options) {
			d.session.plays[1] = play{prints: []string{"…"}, gate: gate}
		})
		d.keys("n", "enter", "n")
		d.mustShow(wait)
		if breaks {
			d.states <- kube.State{Err: &hinted{"the connection broke", ""}}
			d.waitFor(lost)
		}
		close(gate)
		d.until("it ended", func() bool { return d.model.View().ProgressBar == nil })
		d.mustNotShow(wait)
		if d.shows(lost) != breaks {
			t.Errorf("connection broken: %v, said so afterwards: %v", breaks, !breaks)
		}
	}
}
