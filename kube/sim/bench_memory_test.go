package sim

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BenchmarkMemory fills a cluster with 10,000 pods and reports what is in use before and after: the heap, and what the
// whole process holds without the pages of its binary.
func BenchmarkMemory(b *testing.B) {
	for name, start := range map[string]Baseline{"bare": {}, "kyverno": {Kyverno: true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				fill(b, start, 10_000)
			}
		})
	}
}

func fill(b *testing.B, start Baseline, pods int) {
	ctx := context.Background()
	cluster := startCluster(b, Options{Start: start})
	empty := heap()
	client := cluster.server.Client()
	for i := range pods {
		if _, err := client.Create(ctx, podsGVR, benchPod("p-"+strconv.Itoa(i)), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		if i%500 == 0 {
			settle(b, cluster)
		}
	}
	settle(b, cluster)
	b.ReportMetric(float64(empty)/(1<<20), "MiB-empty")
	b.ReportMetric(float64(heap())/(1<<20), "MiB-with-pods")
	b.ReportMetric(float64(anonymous(b))/(1<<10), "MiB-resident")
	if err := cluster.Close(); err != nil {
		b.Fatal(err)
	}
}

// heap returns how many bytes are in use.
func heap() uint64 {
	// What finalizers and pools let go takes a second round.
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// anonymous returns how many KiB of the process are resident and not backed by a file, 0 where the system does not say.
func anonymous(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			if kib, err := strconv.Atoi(strings.Fields(rest)[0]); err == nil {
				return kib
			}
		}
	}
	return 0
}
