package cli_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"podsec/kube/kubectl"
	"podsec/kube/sim"
	"podsec/labs"
	"podsec/labs/shell"
)

// TestMain lets the test binary be the kubectl of the labs, as the program itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		kubectl.Main(os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

// simulated is the simulated cluster. Only checks on answers are meant to fail, and those do not wait.
type simulated struct{ *sim.Cluster }

func (simulated) Name() string            { return "simulated" }
func (simulated) Patience() time.Duration { return time.Minute }
func (s simulated) Reset(ctx context.Context, base labs.Baseline) error {
	return s.Cluster.Reset(ctx, sim.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads})
}

const fence = "```"

const policyYAML = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: need-team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: a team is needed
      pattern: {metadata: {labels: {team: "?*"}}}
`

const simLab = `---
title: On the simulated cluster
summary: S.
minutes: 1
start:
  kyverno: true
  apply: [namespace.yaml, policy.yaml]
---

Intro.

## Nothing yet

Text.

` + fence + `step
checks: [object: {kind: Pod, namespace: default, name: nginx, absent: true}]
` + fence + `

## Denied

Text.

` + fence + `step
run: kubectl run nginx --image=nginx
checks:
  - exit: nonzero
  - denied: {policy: need-team, rule: team, resource: Pod/default/nginx}
  - object: {kind: Pod, namespace: default, name: nginx, absent: true}
  - event: {object: clusterpolicy/need-team, reason: PolicyViolation, blocked: true}
hints: [The pod has no label.]
` + fence + `

## Otherwise

Text.

` + fence + `step
run: kubectl run nginx --image=nginx
checks:
  - denied: {policy: need-team, rule: other}
  - object: {kind: Pod, namespace: default, name: nginx, absent: true}
hints: [It is another rule.]
` + fence + `

## Allowed

Text.

` + fence + `step
run: |
  kubectl run nginx --image=nginx --labels=team=web
  kubectl get pod nginx -o json | jq -r '.metadata.labels.team'
checks:
  - exit: 0
  - ready: {kind: Pod, namespace: default, name: nginx}
  - object: {kind: Pod, namespace: default, name: ng*, where: [{path: "{.metadata.labels.team}", equals: web}]}
  - report: {namespace: default, kind: Pod, name: nginx, policy: need-team, rule: team, result: pass}
  - policy: {name: need-team, ready: true, action: Enforce, autogen: [autogen-team]}
  - served: {group: kyverno.io, kind: ClusterPolicy}
hints: [Look.]
` + fence + `

## Forbidden

Text.

` + fence + `step
run: kubectl run bare --image=nginx --labels=team=web -n strict
checks:
  - forbidden: {level: restricted, controls: [runAsNonRoot != true]}
hints: [Look.]
` + fence + `

## Applied again

Text.

` + fence + `step
run: kubectl apply -f policy.yaml
checks:
  - exit: 0
  - warned: {contains: ClusterPolicy is deprecated}
  - warned: {contains: last-applied-configuration}
hints: [Look.]
` + fence + `
`

// TestSimulatedCluster runs a lab with the real shell and kubectl on the simulated cluster. Some of its checks are
// wrong on purpose: they must be the ones that fail.
func TestSimulatedCluster(t *testing.T) {
	cluster, err := sim.Start(t.Context(), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Close() })
	lab, err := labs.Parse(fstest.MapFS{
		"01-sim/lab.md":      {Data: []byte(simLab)},
		"01-sim/policy.yaml": {Data: []byte(policyYAML)},
		"01-sim/namespace.yaml": {Data: []byte(
			"{apiVersion: v1, kind: Namespace, metadata: {name: strict, labels: {pod-security.kubernetes.io/enforce: restricted}}}")},
	}, "01-sim")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	environ := []string{"PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir(), "HOME=" + t.TempDir()}
	session, err := labs.Open(t.Context(), lab, simulated{cluster}, shell.New(shell.Options{Self: self, Environ: environ}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	runSimLab(t, session)
	if err := session.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if results, err := session.Check(t.Context(), 0); err != nil || !results[0].OK {
		t.Errorf("after a reset: %+v, %v", results, err)
	}
	results, err := session.Check(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.OK && !strings.HasPrefix(r.Title, "no pod nginx") {
			t.Errorf("after a reset: %+v", r)
		}
	}
}

// runSimLab runs all steps and compares which checks failed.
func runSimLab(t *testing.T, session *labs.Session) {
	t.Helper()
	failed := map[string][]string{}
	for i, step := range session.Lab().Steps {
		var out bytes.Buffer
		outcome, err := session.Run(t.Context(), i, &out)
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range outcome.Checks {
			if !check.OK {
				failed[step.ID] = append(failed[step.ID], check.Title+": "+check.Missing)
			}
		}
		if step.ID == "allowed" && (!strings.Contains(out.String(), "pod/nginx created\n") || !strings.HasSuffix(out.String(), "\nweb\n")) {
			t.Errorf("%s printed %q", step.ID, out.String())
		}
	}
	want := map[string][]string{
		"otherwise":     {"the request is denied by need-team/other: it was denied by need-team/team"},
		"applied-again": {`a warning says: last-applied-configuration: the warnings say something else`},
	}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Error(diff)
	}
}
