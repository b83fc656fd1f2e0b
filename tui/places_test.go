package tui_test

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"slices"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui"
	"podsec/tui/screen"
)

// elsewhere are the clusters that a learner may change to, and what was done with them.
type elsewhere struct {
	mu     sync.Mutex
	events []string
	trust  error           // of Look
	refuse error           // of Connect
	gate   chan struct{}   // Look waits for it, when not nil
	states chan kube.State // of the real ones
}

func (e *elsewhere) note(event string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, event)
}

func (e *elsewhere) noted(event string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.events, event)
}

// fail sets the errors of what is asked from now on.
func (e *elsewhere) fail(trust, refuse error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trust, e.refuse = trust, refuse
}

func (e *elsewhere) failure() (trust, refuse error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.trust, e.refuse
}

// look is the Look of a place.
func (e *elsewhere) look(name string, words ...string) func(context.Context) (tui.Sight, error) {
	return func(ctx context.Context) (tui.Sight, error) {
		if e.gate != nil {
			select {
			case <-e.gate:
			case <-ctx.Done():
				e.note("given up " + name)
				return tui.Sight{}, ctx.Err()
			}
		}
		trust, _ := e.failure()
		out := tui.Sight{Text: "context  " + name + "\nserver   https://" + name + ".example:6443\nversion  v1.35.1"}
		for _, w := range words {
			out.Questions = append(out.Questions, screen.Question{Ask: "Type " + w, Want: w})
		}
		return out, trust
	}
}

// connect is the Connect of a place.
func (e *elsewhere) connect(name string, d *driver, states chan kube.State) func(context.Context) (tui.Cluster, error) {
	return func(ctx context.Context) (tui.Cluster, error) {
		if _, refuse := e.failure(); refuse != nil {
			return tui.Cluster{}, refuse
		}
		context.AfterFunc(ctx, func() { e.note("hung up " + name) })
		return tui.Cluster{
			Detail: "Kubernetes v1.35.1", States: states,
			Open: func(context.Context, *labs.Lab) (tui.Session, error) {
				e.note("opened on " + name)
				return d.session, nil
			},
			Close: func() error { e.note("closed " + name); return nil },
		}, nil
	}
}

// offer gives the app these clusters.
func (e *elsewhere) offer(d *driver, o *tui.Options) {
	e.states = make(chan kube.State, 8)
	o.Connect = e.connect("simulated", d, d.states)
	o.Places = func() ([]tui.Place, error) {
		return []tui.Place{
			{Name: "simulated", Note: "in this program", Connect: e.connect("simulated", d, d.states)},
			{Name: "lab-cluster", Note: "your kubeconfig", Look: e.look("lab-cluster", "lab-cluster"), Connect: e.connect("lab-cluster", d, e.states), Moved: "Labs take place on lab-cluster now."},
			{Name: "prod-eu", Note: "your kubeconfig's current context", Look: e.look("prod-eu", "prod-eu", "nobody"), Connect: e.connect("prod-eu", d, e.states)},
		}, nil
	}
}

// offered is the home screen of somebody with a kubeconfig.
func offered(t *testing.T, e *elsewhere, width, height int) *driver {
	t.Helper()
	d := ready(t, width, height, e.offer, func(d *driver, _ *tui.Options) {
		d.progress.labs = map[string]kept{"00-levels": {Step: "read", Done: []string{"read"}}}
	})
	d.waitFor("c change")
	return d
}

// TestChangingClusters chooses a real cluster, agrees to work there, opens a lab, and goes back.
func TestChangingClusters(t *testing.T) {
	e := &elsewhere{}
	d := offered(t, e, 80, 24)
	d.mustShow("✓   1/1")
	d.keys("c")
	d.waitFor("Where labs take place")
	d.mustShow("▸  simulated  in use", "lab-cluster  your kubeconfig", "prod-eu  your kubeconfig's current context")
	d.keys("down", "enter")
	d.waitFor("Type lab-cluster:")
	d.mustShow("Run labs on lab-cluster", "server   https://lab-cluster.example:6443", "version  v1.35.1")
	d.typeText("yes")
	d.keys("enter")
	d.mustShow("That is something else. Nothing was done.", "simulated ● ready")
	d.typeText("lab-")
	d.mustNotShow("something else")
	d.typeText("cluster")
	d.keys("enter")
	d.waitFor("lab-cluster ● ready")
	d.until("the other one is let go", func() bool { return e.noted("closed simulated") && e.noted("hung up simulated") })
	d.mustShow("Kubernetes v1.35.1", "Labs take place on lab-cluster now.", "  0/1")
	d.states <- before() // too late
	e.states <- kube.State{Namespaces: []kube.Namespace{{Name: "theirs", Phase: "Active"}}}
	d.keys("home", "enter")
	d.until("the lab is open there", func() bool { return e.noted("opened on lab-cluster") && !d.shows("preparing") })
	d.mustShow("lab-cluster ● ready")
	d.keys("q", "c")
	d.waitFor("lab-cluster  in use")
	d.keys("home", "enter")
	d.waitFor("simulated ● ready")
	d.until("the real one is let go", func() bool { return e.noted("closed lab-cluster") && e.noted("hung up lab-cluster") })
	d.mustShow("✓   1/1")
}

// TestProductionAsksTwice says that a word typed once is not enough there, and that esc does nothing at all.
func TestProductionAsksTwice(t *testing.T) {
	e := &elsewhere{}
	d := offered(t, e, 80, 24)
	d.keys("c")
	d.waitFor("Where labs take place")
	d.keys("end", "enter")
	d.waitFor("Type prod-eu:")
	d.typeText("prod-eu")
	d.keys("enter")
	d.mustShow("Type nobody:", "simulated ● ready")
	d.keys("esc")
	d.mustNotShow("Type nobody:")
	d.mustShow("simulated ● ready")
	d.keys("c")
	d.waitFor("Where labs take place")
	d.keys("enter")
	d.mustShow("simulated is in use")
	if e.noted("closed simulated") {
		t.Error("the cluster in use was closed")
	}
}

// TestLookCanBeStopped says that a cluster which does not answer holds nobody.
func TestLookCanBeStopped(t *testing.T) {
	e := &elsewhere{gate: make(chan struct{})}
	d := offered(t, e, 80, 24)
	d.keys("c")
	d.waitFor("Where labs take place")
	d.keys("down", "enter")
	d.mustShow("Asking the cluster which one it is", "esc stop")
	d.keys("x", "esc")
	d.mustNotShow("Asking the cluster")
	d.until("the look is given up", func() bool { return e.noted("given up lab-cluster") && d.taken["tui.lookedMsg"] > 0 })
	d.mustShow("simulated ● ready")
	d.mustNotShow("cannot be used", "Type lab-cluster")
}

// TestClusterThatCannotBeUsed explains what is wrong, before and after the learner agreed.
func TestClusterThatCannotBeUsed(t *testing.T) {
	e := &elsewhere{}
	e.fail(&hinted{"the cluster does not accept the credentials", "Log in again."}, nil)
	d := offered(t, e, 80, 24)
	d.keys("c")
	d.waitFor("Where labs take place")
	d.keys("down", "enter")
	d.waitFor("lab-cluster cannot be used")
	d.mustShow("the cluster does not accept the credentials", "Log in again.", "enter try again")
	e.fail(nil, errors.New("identify cluster: forbidden"))
	d.keys("enter")
	d.waitFor("Type lab-cluster:")
	d.typeText("lab-cluster")
	d.keys("enter")
	d.waitFor("lab-cluster ✗ no answer")
	d.mustShow("identify cluster: forbidden", "r try again", "c change")
	e.fail(nil, nil)
	d.keys("c")
	d.waitFor("lab-cluster  in use")
	d.keys("enter")
	d.waitFor("lab-cluster ● ready")
}

func TestNoOtherClusters(t *testing.T) {
	for name, places := range map[string]func() ([]tui.Place, error){"no kubeconfig": nil, "an empty one": func() ([]tui.Place, error) { return nil, nil }} {
		t.Run(name, func(t *testing.T) {
			d := ready(t, 80, 24, func(_ *driver, o *tui.Options) { o.Places = places })
			d.keys("c")
			d.mustNotShow("c change", "Where labs take place")
		})
	}
}

// TestKubeconfigThatCannotBeRead says so when the learner asks for it.
func TestKubeconfigThatCannotBeRead(t *testing.T) {
	d := ready(t, 80, 24, func(_ *driver, o *tui.Options) {
		o.Places = func() ([]tui.Place, error) { return nil, errors.New("read kubeconfig: yaml: line 3: tab") }
	})
	d.waitFor("c change")
	d.keys("c")
	d.waitFor("The clusters cannot be listed")
	d.mustShow("read kubeconfig: yaml: line 3: tab")
}

// TestLateClusterIsClosed changes to another cluster while the first one still starts.
func TestLateClusterIsClosed(t *testing.T) {
	e, gate := &elsewhere{}, make(chan struct{})
	d := start(t, 80, 24, e.offer, func(d *driver, o *tui.Options) {
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			<-gate
			return e.connect("slow", d, d.states)(ctx)
		}
	})
	d.waitFor("c change")
	d.keys("c")
	d.waitFor("Where labs take place")
	d.keys("down", "enter")
	d.waitFor("Type lab-cluster:")
	d.typeText("lab-cluster")
	d.keys("enter")
	d.waitFor("lab-cluster ● ready")
	close(gate)
	d.until("the late one is closed", func() bool { return e.noted("closed slow") && e.noted("hung up slow") })
	d.mustShow("lab-cluster ● ready")
}

// TestFramesOfPlaces are the frames on the way to another cluster.
func TestFramesOfPlaces(t *testing.T) {
	for name, play := range map[string]func(d *driver, e *elsewhere){
		"places": func(*driver, *elsewhere) {},
		"places-look": func(d *driver, e *elsewhere) {
			e.gate = make(chan struct{})
			d.keys("end", "enter")
		},
		"places-consent": func(d *driver, _ *elsewhere) {
			d.keys("end", "enter")
			d.waitFor("Type prod-eu:")
			d.typeText("prod")
			d.keys("enter")
			d.typeText("prod-e")
		},
		"places-moved": func(d *driver, _ *elsewhere) {
			d.keys("down", "enter")
			d.waitFor("Type lab-cluster:")
			d.typeText("lab-cluster")
			d.keys("enter")
			d.waitFor("lab-cluster ● ready")
		},
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				e := &elsewhere{}
				d := offered(t, e, size[0], size[1])
				d.keys("c")
				d.waitFor("Where labs take place")
				play(d, e)
				file := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
				mustFill(t, d.content(), size[0], size[1])
				golden(t, "plain/"+file, noColor(t, d.content()))
				golden(t, "dark/"+file, d.content())
				d.send(tea.BackgroundColorMsg{Color: color.White})
				golden(t, "light/"+file, d.content())
			})
		}
	}
}
