package helm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"

	"podsec/kube/sim"
)

// TestOnACluster installs on an API server with controllers behind it, where --wait has something to wait for and the
// definitions come into force.
func TestOnACluster(t *testing.T) {
	cluster, err := sim.Start(t.Context(), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	}()
	b := bench{t: t, home: t.TempDir(), config: cluster.Config()}
	b.run(add)
	awaitGroup(t, b, "kyverno.io", false)
	b.expect(install+" --wait --hide-notes", 0, installed)
	awaitGroup(t, b, "kyverno.io", true)
	b.expect("list --namespace kyverno --short", 0, "kyverno\n")
	b.expect("uninstall kyverno --namespace kyverno", 0,
		"These resources were kept due to the resource policy:\n[ConfigMap] kyverno\n\nrelease \"kyverno\" uninstalled\n")
	awaitGroup(t, b, "kyverno.io", false)
	if _, output := b.run("list -A"); strings.Contains(output, "deployed") {
		t.Errorf("after it was uninstalled the release is listed:\n%s", output)
	}
}

// awaitGroup waits until the cluster serves an API group, or no longer does.
func awaitGroup(t *testing.T, b bench, name string, want bool) {
	t.Helper()
	client, err := discovery.NewDiscoveryClientForConfig(b.config)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		groups, err := client.ServerGroups()
		if err != nil {
			t.Fatal(err)
		}
		served := slices.ContainsFunc(groups.Groups, func(group metav1.APIGroup) bool { return group.Name == name })
		if served == want {
			return
		}
	}
	t.Fatalf("%s served: want %v", name, want)
}
