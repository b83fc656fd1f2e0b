package main

import (
	"testing"

	"podsec/assets"
	"podsec/kube"
	"podsec/kube/sim"
	"podsec/tui/workshop"
)

// judged is a pod that a policy has something against, one that was made after the policy, and that policy.
const judged = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod], namespaces: [default]}}]}
    validate:
      failureAction: Audit
      message: say the team
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: default, labels: {team: shop}}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
`

// TestLearnerChangesTheCluster drives the whole program by keystrokes to a cluster of the learner's kubeconfig and back:
// it is named, agreed to, and what its reports say is compared with what we predict.
func TestLearnerChangesTheCluster(t *testing.T) {
	theirs, err := sim.Start(t.Context(), sim.Options{Start: sim.Baseline{Kyverno: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = theirs.Close() })
	objects, err := kube.Decode([]byte(judged))
	if err != nil {
		t.Fatal(err)
	}
	applier, err := kube.NewApplier(theirs.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.Apply(t.Context(), objects...); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", theirs.Kubeconfig())
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	learner := sit(t, w, 100, 30)
	learner.see("c change")
	learner.press("c")
	learner.see("Where labs take place")
	learner.press("j\r")
	learner.see("Type the context's name to go on:")
	learner.see("version  " + sim.KubernetesVersion)
	learner.press("podsec\r")
	learner.see("podsec ● ready")
	learner.see("podsec clean --context podsec")
	learner.press("\x1b[15~") // F5
	learner.see("2 of 2 objects reported")
	learner.see("our prediction: ✓ as predicted")
	learner.press("a")
	learner.see("✗ fail  fail")
	learner.press("\x1b[12~c") // F2
	learner.see("podsec  in use")
	learner.press("k\r")
	learner.see("simulated ● ready")
}
