package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"podsec/engine/cli"
)

// many writes a policy that cannot decide about resources, and many of these; it returns a command line for them.
func many(t *testing.T) []string {
	t.Helper()
	folder := t.TempDir()
	policy, resources := filepath.Join(folder, "policy.yaml"), filepath.Join(folder, "resources.yaml")
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a%d}}\n", i)
	}
	for name, content := range map[string]string{resources: text.String(), policy: `
apiVersion: policies.kyverno.io/v1
kind: DeletingPolicy
metadata: {name: p}
spec:
  schedule: "0 1 * * *"
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}
  conditions: [{name: broken, expression: object.spec.nothing == 'a'}]
`} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"apply", policy, "-r", resources}
}

// TestNothingStays: when the first resource ends the command, nobody waits to judge the others.
func TestNothingStays(t *testing.T) {
	args := many(t)
	synctest.Test(t, func(t *testing.T) { // fails when a goroutine cannot go on
		var out, wrong bytes.Buffer
		status := cli.Main(context.Background(), args, cli.Options{Types: types}, strings.NewReader(""), &out, &wrong)
		if status != 1 || !strings.Contains(wrong.String(), "failed to apply deleting policies on resource: no such key: spec") {
			t.Errorf("status %d: %s", status, wrong.String())
		}
	})
}

// TestStopped: a command whose context has ended does not judge all that is there.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, wrong bytes.Buffer
	status := cli.Main(ctx, append(many(t), "--continue-on-fail"), cli.Options{Types: types}, strings.NewReader(""), &out, &wrong)
	if status != 1 || !strings.Contains(wrong.String(), "context canceled") || strings.Contains(out.String(), "error: 200") {
		t.Errorf("status %d: %s", status, wrong.String())
	}
}
