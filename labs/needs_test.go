package labs

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// lackingCluster is a cluster that Kyverno cannot be installed on.
type lackingCluster struct{ testCluster }

func (*lackingCluster) Lacks(need string) string {
	return map[string]string{NeedInstall: "Kyverno is there already"}[need]
}

const needsLab = `---
title: T
summary: S.
minutes: 1
---

Intro.

## Install

Text.

` + "```step" + `
needs: [install]
run: helm install
checks: [exit: 0]
` + "```" + `

## Look

Text.

` + "```step" + `
needs: [pods, account]
run: kubectl logs
checks: [exit: 0]
` + "```" + `
`

// TestSkip: a step is skipped where what it needs is lacking, and only there.
func TestSkip(t *testing.T) {
	lab, err := Parse(fstest.MapFS{"01-t/lab.md": {Data: []byte(needsLab)}}, "01-t")
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	shell := func(_ context.Context, _, line string, _ []string, _, _ io.Writer) (int, error) {
		ran = append(ran, line)
		return 0, nil
	}
	view, _ := fakeView()
	s, err := open(t.Context(), &Session{lab: lab, cluster: &lackingCluster{}, shell: runnerFunc(shell), view: view})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var skipped []string
	for i := range lab.Steps {
		o, err := s.Run(t.Context(), i, io.Discard)
		if err != nil || !o.Passed {
			t.Fatalf("%+v, %v", o, err)
		}
		skipped = append(skipped, o.Skipped)
	}
	if diff := cmp.Diff([]string{"Kyverno is there already", ""}, skipped); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"kubectl logs"}, ran); diff != "" {
		t.Error(diff)
	}
}

// TestUnfit: a lab that starts with Kyverno is not begun where there can be none.
func TestUnfit(t *testing.T) {
	cluster := &unfitCluster{}
	err := fits(cluster, Baseline{Kyverno: true})
	var unfit *UnfitError
	if !errors.As(err, &unfit) || unfit.Reason != "no containers" {
		t.Error(err)
	}
	if err := fits(cluster, Baseline{}); err != nil {
		t.Error(err)
	}
}

// unfitCluster is a cluster that Kyverno cannot run on.
type unfitCluster struct{ testCluster }

func (*unfitCluster) Lacks(need string) string {
	return map[string]string{NeedKyverno: "no containers"}[need]
}

func TestUnknownNeed(t *testing.T) {
	_, err := Parse(fstest.MapFS{"01-t/lab.md": {Data: []byte(strings.Replace(needsLab, "account", "beer", 1))}}, "01-t")
	if err == nil || !strings.Contains(err.Error(), `01-t/lab.md:24:15: the need "beer" is not known`) {
		t.Error(err)
	}
}
