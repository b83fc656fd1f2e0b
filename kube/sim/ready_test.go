package sim

import (
	"context"
	"testing"
)

// BenchmarkReady measures from nothing to a cluster that is ready for requests.
func BenchmarkReady(b *testing.B) {
	for name, base := range map[string]Baseline{
		"bare": {}, "kyverno": {Kyverno: true}, "workloads": {Kyverno: true, Workloads: true},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cluster, err := Start(context.Background(), Options{Start: base})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := cluster.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkReset measures how long a lab takes to begin anew.
func BenchmarkReset(b *testing.B) {
	base := Baseline{Kyverno: true, Workloads: true}
	cluster := startCluster(b, Options{Start: base})
	for b.Loop() {
		if err := cluster.Reset(context.Background(), base); err != nil {
			b.Fatal(err)
		}
	}
}
