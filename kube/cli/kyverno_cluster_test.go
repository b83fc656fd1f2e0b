package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podsec/kube"
	"podsec/kube/sim"
)

// TestApplyToCluster: `kyverno apply --cluster` judges what is in a cluster, of the kinds that the policy and its
// generated rules name.
func TestApplyToCluster(t *testing.T) {
	if os.Getenv("PODSEC_TEST_APPLY") != "" { // the command ends the process
		command := Kyverno(os.Exit)
		command.SetArgs([]string{"apply", os.Getenv("PODSEC_TEST_APPLY"), "--cluster"})
		_ = command.Execute()
		return
	}
	c, err := sim.Start(t.Context(), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	objects, err := kube.Decode([]byte(`
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: default, labels: {team: a}}
spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bad, namespace: kube-public}
spec: {containers: [{name: c, image: nginx}]}`))
	if err != nil {
		t.Fatal(err)
	}
	applier, err := kube.NewApplier(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.Apply(t.Context(), objects...); err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte(teamPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestApplyToCluster$")
	again.Env = append(os.Environ(), "PODSEC_TEST_APPLY="+policy, "KUBECONFIG="+c.Kubeconfig())
	out, _ := again.CombinedOutput() // a failed rule is a status of 1
	for _, want := range []string{"team -> resource kube-public/Pod/bad failed", "pass: 1, fail: 1, warn: 0, error: 0, skip: 0"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

const teamPolicy = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: say the team
      pattern: {metadata: {labels: {team: "?*"}}}
`
