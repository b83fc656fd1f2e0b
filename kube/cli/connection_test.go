package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
	"podsec/kube/live"
	"podsec/kube/sim"
)

// simulatedKubeconfig starts a cluster and returns the path of a kubeconfig for it.
func simulatedKubeconfig(t *testing.T) string {
	t.Helper()
	c, err := sim.Start(t.Context(), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.Kubeconfig()
}

func TestConfirm(t *testing.T) {
	path := simulatedKubeconfig(t)
	for name, test := range map[string]struct {
		context string // what the kubeconfig calls it
		typed   string
		yes     bool
		err     error
	}{
		"typed":            {context: "lab", typed: "lab\n"},
		"something else":   {context: "lab", typed: "yes\n", err: errNotConfirmed},
		"nothing":          {context: "lab", err: errNotConfirmed},
		"yes":              {context: "prod", yes: true},
		"production once":  {context: "prod", typed: "prod\n", err: errNotConfirmed},
		"production twice": {context: "prod", typed: "prod\nnobody\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Connection{Context: "podsec", Kubeconfig: path, Yes: test.yes}
			target, err := c.Target()
			if err != nil {
				t.Fatal(err)
			}
			target.Context = test.context
			var out bytes.Buffer
			if err := c.Confirm(t.Context(), target, "run labs on", strings.NewReader(test.typed), &out); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if !strings.Contains(out.String(), "context  "+test.context) || !strings.Contains(out.String(), target.Server) {
				t.Errorf("it does not say which cluster:\n%s", out.String())
			}
		})
	}
}

func TestYesNeedsContext(t *testing.T) {
	c := Connection{Yes: true}
	if _, err := c.Target(); err == nil || !strings.Contains(err.Error(), "--yes goes with --context") {
		t.Error(err)
	}
}

// execute runs a command of the package.
func execute(t *testing.T, command *cobra.Command, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetIn(strings.NewReader(""))
	command.SetArgs(args)
	command.SilenceErrors, command.SilenceUsage = true, true
	err := command.ExecuteContext(t.Context())
	return out.String(), err
}

func TestDoctorAndClean(t *testing.T) {
	path, data := simulatedKubeconfig(t), t.TempDir()
	c := &Connection{Context: "podsec", Kubeconfig: path}
	noNeeds := func() ([]live.Need, error) { return nil, nil }
	out, err := execute(t, Doctor(c, noNeeds, t.TempDir))
	if err != nil || !strings.Contains(out, "ok       server        Kubernetes "+sim.KubernetesVersion) {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	out, err = execute(t, Doctor(c, noNeeds, t.TempDir), "-o", "json")
	if err != nil || !strings.HasPrefix(out, "[\n  {\n    \"level\": \"ok\",") {
		t.Errorf("doctor as JSON: %v\n%s", err, out)
	}
	clean := func(args ...string) (string, error) {
		return execute(t, Clean(c, func() string { return data }), args...)
	}
	if out, err = clean(); err != nil || out != "Nothing of the workshop is on podsec.\n" {
		t.Errorf("clean where nothing is: %v\n%s", err, out)
	}
	makeNamespace(t, c, data)
	if out, err = clean("--dry-run"); err != nil || out != "  Namespace/mine (it carries the workshop's label)\n" {
		t.Errorf("dry run: %v\n%s", err, out)
	}
	if _, err = clean(); !errors.Is(err, errNotConfirmed) {
		t.Errorf("clean without agreement: %v", err)
	}
	c.Yes = true
	if out, err = clean(); err != nil || !strings.HasSuffix(out, "removed Namespace/mine\nNothing of the workshop is left on podsec.\n") {
		t.Errorf("clean: %v\n%s", err, out)
	}
}

// makeNamespace makes a namespace as a lab does.
func makeNamespace(t *testing.T, c *Connection, data string) {
	t.Helper()
	target, err := c.Target()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := live.Open(t.Context(), target, live.OpenOptions{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close() //nolint:errcheck // the test is over
	applier, err := kube.NewApplier(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "mine"}}}
	if err := applier.Apply(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
}
