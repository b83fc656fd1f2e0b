package sim

import (
	"context"
	"testing"

	podsecurity "k8s.io/pod-security-admission/test"
)

// TestPodSecurityConformance runs the upstream project's own suite against the cluster: every level and version, with
// pods and pod controllers that must and must not be admitted.
func TestPodSecurityConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("creates some ten thousand objects")
	}
	cluster := startCluster(t, Options{})
	podsecurity.Run(t, podsecurity.Options{ClientConfig: cluster.Config()})
}

// startCluster starts a cluster that ends with the test.
func startCluster(t testing.TB, options Options) *Cluster {
	t.Helper()
	cluster, err := Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster
}
