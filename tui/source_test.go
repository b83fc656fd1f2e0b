package tui_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine/fix"
	whys "podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/tui"
)

// asked is a Source with one pod and one policy.
type asked struct{}

func (asked) Kinds(context.Context) ([]inspect.Kind, error) {
	return []inspect.Kind{{Version: "v1", Resource: "pods", Kind: "Pod", Namespaced: true, Count: inspect.Uncounted}}, nil
}

func (asked) Count(_ context.Context, kinds []inspect.Kind) ([]inspect.Kind, error) {
	kinds = slices.Clone(kinds)
	kinds[0].Count = 1
	return kinds, nil
}

func (asked) Objects(context.Context, inspect.Kind, string, string) (inspect.Table, error) {
	return inspect.Table{
		Columns: []inspect.Column{{Name: "Name"}, {Name: "Status"}}, Version: "1",
		Rows: []inspect.Row{{UID: "1", Namespace: "shop", Name: "lonely", Cells: []string{"lonely", "Running"}}},
	}, nil
}

func (asked) Follow(ctx context.Context, _ inspect.Kind, _, _ string) (inspect.Changes, error) {
	<-ctx.Done()
	return inspect.Changes{}, ctx.Err()
}

func (asked) View(_ context.Context, ref inspect.Ref) (inspect.View, error) {
	return inspect.View{Ref: inspect.Ref{Kind: "Pod", Namespace: ref.Namespace, Name: ref.Name}, YAML: "kind: Pod\n"}, nil
}

func (asked) Policy(_ context.Context, key string) (inspect.PolicyView, error) {
	return inspect.PolicyView{Key: key, Ready: true, YAML: "kind: ClusterPolicy\n"}, nil
}

func (asked) Matches(context.Context, string) (inspect.Matches, error) { return inspect.Matches{}, nil }

func (asked) WhatIf(context.Context, inspect.Change) (inspect.Impact, error) {
	return inspect.Impact{}, nil
}

func (asked) Explain(_ context.Context, q inspect.Question) ([]inspect.Answer, error) {
	source := inspect.NewSource("Pod "+q.Ref.String(), "kind: Pod\n")
	e := &whys.Explanation{Verdict: whys.Verdict{Admitted: true}}
	return []inspect.Answer{{Explanation: e, Ref: q.Ref, Stored: true, Resource: source}}, nil
}

func (asked) Fix(context.Context, inspect.Answer) (*fix.Fix, error) {
	return &fix.Fix{Proven: true}, nil
}

func (asked) Predict(context.Context) (*inspect.Forecast, error) { return &inspect.Forecast{}, nil }

func (asked) Repair(context.Context, inspect.Answer, *fix.Fix) error { return nil }

// withSource gives the cluster a Source.
func withSource(_ *driver, o *tui.Options) {
	connect := o.Connect
	o.Connect = func(ctx context.Context) (tui.Cluster, error) {
		c, err := connect(ctx)
		c.Source = asked{}
		return c, err
	}
}

// questions is a source that notes what it is asked to explain.
type questions struct {
	asked
	got chan inspect.Question
}

func (q questions) Explain(ctx context.Context, question inspect.Question) ([]inspect.Answer, error) {
	q.got <- question
	return q.asked.Explain(ctx, question)
}

// TestWhyOfABlockedRequest: what Kyverno refused was not stored, but the command that sent it is known if the lab ran it.
func TestWhyOfABlockedRequest(t *testing.T) {
	got := make(chan inspect.Question, 8)
	d := inLab(t, 100, 30, func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			c.Source = questions{got: got}
			return c, err
		}
	})
	d.keys("n", "n", "enter")
	d.waitFor("was blocked due to")
	d.states <- after()
	d.keys("f5")
	d.waitFor("1 request was blocked")
	d.keys("x", "w")
	d.until("the request is explained", func() bool { return len(got) > 0 })
	if q := <-got; q.Command != "kubectl run nginx --image=nginx:latest" {
		t.Errorf("asked %+v", q)
	}
}

// TestWhyAfterMoving: a command is explained where it ran, wherever the learner went since.
func TestWhyAfterMoving(t *testing.T) {
	got := make(chan inspect.Question, 8)
	d := inLab(t, 100, 30, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			c.Source = questions{got: got}
			return c, err
		}
	})
	d.keys("f6")
	for _, line := range []string{"cd /tmp/lab/team", "refused", "cd /tmp"} {
		d.typeText(line)
		d.keys("enter")
		d.until("the line ended", func() bool { return d.shows("ran "+line) && !d.shows("running") })
	}
	d.states <- after()
	d.keys("f5")
	d.waitFor("1 request was blocked")
	d.keys("x", "w")
	d.until("the request is explained", func() bool { return len(got) > 0 })
	if q := <-got; q.Command != "refused" || q.Folder != "/tmp/lab/team" {
		t.Errorf("asked %+v", q)
	}
}

// expired is a source whose cluster does not know the learner any more.
type expired struct{ asked }

func (expired) Kinds(context.Context) ([]inspect.Kind, error) {
	return nil, fmt.Errorf("list kinds: %w", apierrors.NewUnauthorized("Unauthorized"))
}

// TestErrorsOfTheCluster: what an error means and what helps is said wherever it comes, not only where states are shown.
func TestErrorsOfTheCluster(t *testing.T) {
	d := inLab(t, 80, 24, withSource, func(d *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			c.Source = expired{}
			c.Explain = func(err error) error {
				if apierrors.IsUnauthorized(err) {
					return &hinted{"your credentials expired", "log in again"}
				}
				return err
			}
			d.session.plays[1] = play{err: apierrors.NewUnauthorized("Unauthorized")}
			return c, err
		}
	})
	d.keys("f3")
	d.waitFor("your credentials expired")
	d.mustShow("log in again")
	d.mustNotShow("Unauthorized")
	d.keys("f2", "n", "enter")
	d.waitFor("your credentials expired")
	d.mustShow("log in again")
}

// TestScreensOfTheCluster goes from the cluster's objects to why, and back by the same way.
func TestScreensOfTheCluster(t *testing.T) {
	d := inLab(t, 100, 30, withSource)
	d.keys("f3")
	d.waitFor("1 kind")
	d.keys("enter")
	d.waitFor("lonely")
	d.keys("enter")
	d.waitFor("kind: Pod")
	d.keys("w")
	d.waitFor("as if new")
	d.mustShow("Why › ", "shop/lonely", "admitted")
	d.keys("esc")
	d.waitFor("Cluster › Pod shop/lonely")
	d.keys("f4")
	d.mustShow("Policies", "require-labels")
	d.keys("enter")
	d.waitFor("✓ ready")
	d.keys("f5")
	d.mustShow("Reports › by policy")
	d.keys("esc")
	d.mustShow("Policies › ")
}
