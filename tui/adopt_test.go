package tui_test

import (
	"context"
	"testing"

	"podsec/engine/document"
	"podsec/engine/fix"
	whys "podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/labs"
	"podsec/tui"
)

// fixing is a Source that knows what the pod of an edit step needs.
type fixing struct{ asked }

func (fixing) Explain(context.Context, inspect.Question) ([]inspect.Answer, error) {
	e := &whys.Explanation{Verdict: whys.Verdict{Message: "no label"}}
	return []inspect.Answer{{Explanation: e, Ref: inspect.Ref{Kind: "Pod", Name: "nginx"}, Resource: inspect.NewSource("Pod nginx", editFile)}}, nil
}

func (fixing) Fix(context.Context, inspect.Answer) (*fix.Fix, error) {
	return &fix.Fix{
		Proven: true, Changes: []fix.Change{{Field: "metadata.labels.CostCenter", Value: "IT", For: []string{"require-labels/check-team"}}},
		Patch: []document.Operation{{Op: "add", Path: "/metadata/labels/CostCenter", Value: "IT"}}, YAML: solvedFile,
	}, nil
}

// TestTheFixGoesIntoTheFile: at a step with something to write, the fix that why proves is one key away, and can be taken
// back like anything that was written.
func TestTheFixGoesIntoTheFile(t *testing.T) {
	d := fixable(t)
	d.keys("a")
	d.waitFor("The fix is in pod.yaml")
	d.mustShow("CostCenter: IT", "YAML")
	d.session.mu.Lock()
	if got := d.session.texts[1]; got == editFile {
		t.Errorf("the file is still\n%s", got)
	}
	d.session.mu.Unlock()
	d.keys("ctrl+z")
	d.mustShow("labels: {}")
}

// fixable is at a step whose command was refused, with why open and the fix found.
func fixable(t *testing.T) *driver {
	t.Helper()
	d := inKinds(t, 120, 40, 1, func(_ *driver, o *tui.Options) {
		connect := o.Connect
		o.Connect = func(ctx context.Context) (tui.Cluster, error) {
			c, err := connect(ctx)
			c.Source = fixing{}
			return c, err
		}
	})
	d.play(1, play{outcome: labs.Outcome{Exit: 1}})
	d.keys("r")
	d.waitFor("✗ not yet")
	d.keys("w")
	d.waitFor("no label")
	d.keys("f")
	d.waitFor("a put it into pod.yaml")
	return d
}
