package proof

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"podsec/assets"
	kubecli "podsec/kube/cli"
	"podsec/kube/kubectl"
	"podsec/labs"
	"podsec/labs/venue"
)

// TestMain lets the test binary be the commands of labs, as the program is.
func TestMain(m *testing.M) {
	commands := map[string]func() *cobra.Command{
		"helm":    func() *cobra.Command { return kubecli.Helm(os.Exit) },
		"kyverno": func() *cobra.Command { return kubecli.Kyverno(os.Exit) },
		"aws":     func() *cobra.Command { return kubecli.AWS(os.Exit) },
		"docker":  func() *cobra.Command { return kubecli.Docker(os.Exit) },
		"cosign":  func() *cobra.Command { return kubecli.Cosign(os.Exit) },
	}
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	if os.Args[1] == "kubectl" {
		kubectl.Main(os.Args[2:])
		return
	}
	command, ours := commands[os.Args[1]]
	if !ours {
		os.Exit(m.Run())
	}
	root := &cobra.Command{Use: "podsec", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(command())
	if err := root.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// start starts the cluster, and reads the labs.
func start(t *testing.T) (venue.Venue, []*labs.Lab) {
	t.Helper()
	if testing.Short() {
		t.Skip("works through labs")
	}
	t.Setenv("GOCOVERDIR", t.TempDir()) // for what a test binary built for coverage writes at its end
	cluster, err := venue.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	list, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	return cluster, list
}

// TestLabs proves every lab: its checks fail before their steps and hold after them, and its mistakes get their message.
func TestLabs(t *testing.T) {
	cluster, list := start(t)
	for _, lab := range list {
		t.Run(lab.ID, func(t *testing.T) {
			problems, err := labs.Prove(t.Context(), lab, cluster, venue.Shell(cluster), nil)
			for _, problem := range problems {
				t.Error(problem.Error())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSession is a learner who comes back: into the middle of a lab, with completion, and with what is left behind.
func TestSession(t *testing.T) {
	cluster, list := start(t)
	lab, err := labs.Find(list, "02-pod-labels")
	if err != nil {
		t.Fatal(err)
	}
	session, err := labs.Open(t.Context(), lab, cluster, venue.Shell(cluster), labs.Wait(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close() //nolint:errcheck // its folder is temporary
	if left, err := session.Leftovers(t.Context()); len(left) > 0 || err != nil {
		t.Errorf("at the start, there is left %q, error %v", left, err)
	}
	at := slices.IndexFunc(lab.Steps, func(s labs.Step) bool { return s.ID == "mutate" })
	if err := session.Enter(t.Context(), at, nil); err != nil {
		t.Fatal(err)
	}
	left, err := session.Leftovers(t.Context())
	if want := []string{"the ClusterPolicy require-labels"}; !slices.Equal(left, want) || err != nil {
		t.Errorf("before %s, there is left %q, error %v", lab.Steps[at].ID, left, err)
	}
	for line, want := range map[string]string{
		"kubectl -n u":                  "ui",
		"kubectl -n ui get deploymen":   "deployments.apps",
		"kubectl -n ui get deployment ": "ui",
		"kubectl get clusterpolicy req": "require-labels",
		"kubectl get pods --names":      "--namespace",
		"kubectl apply -f require-labe": "require-labels.yaml",
		"helm li":                       "list",
	} {
		offers, err := session.Complete(t.Context(), line)
		if !slices.Contains(offers, want) || err != nil {
			t.Errorf("%s: offered %q, error %v; want %s", line, offers, err, want)
		}
	}
	var out bytes.Buffer
	for _, line := range []string{"ns=ui; cd shop", "kubectl -n $ns get deployment ui -o name", "ls"} {
		if exit, err := session.Exec(t.Context(), line, &out); exit != 0 || err != nil {
			t.Errorf("%s: exit %d, error %v", line, exit, err)
		}
	}
	if want := "deployment.apps/ui\ncarts\nui\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
