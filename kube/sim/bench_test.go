package sim

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"podsec/kube"
)

var (
	podsGVR     = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	policiesGVR = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
	reportsGVR  = schema.GroupVersionResource{Group: "wgpolicyk8s.io", Version: "v1alpha2", Resource: "policyreports"}
)

// benchPod is a pod that all policies of testdata/bench admit.
func benchPod(name string) *unstructured.Unstructured {
	container := map[string]any{
		"name": "c", "image": "public.ecr.aws/nginx/nginx:1.27",
		"resources": map[string]any{"limits": map[string]any{"memory": "32Mi"}},
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
		},
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": "default", "labels": map[string]any{"owner": "bench"}},
		"spec": map[string]any{
			"containers":      []any{container},
			"securityContext": map[string]any{"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"}},
		},
	}}
}

// benchCluster is a cluster and a client of it. Each worker of a benchmark gets its own connection.
func benchCluster(b *testing.B, start Baseline, manifests ...string) (*Cluster, func() dynamic.Interface) {
	b.Helper()
	cluster := startCluster(b, Options{Start: start})
	for _, name := range manifests {
		manifest, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		objects, err := kube.Decode(manifest)
		if err != nil {
			b.Fatal(err)
		}
		if err := cluster.apply(context.Background(), objects...); err != nil {
			b.Fatal(err)
		}
	}
	settle(b, cluster)
	return cluster, func() dynamic.Interface { return dynamic.NewForConfigOrDie(cluster.Config()) }
}

func settle(t testing.TB, cluster *Cluster) {
	t.Helper()
	if err := cluster.inside.Load().settle(context.Background(), cluster.server.Revision); err != nil {
		t.Fatal(err)
	}
}

// latencies runs b.N calls by so many workers and reports how long they took.
func latencies(b *testing.B, workers int, client func() dynamic.Interface, call func(c dynamic.Interface, i int) error) {
	b.Helper()
	next := make(chan int)
	took := make([][]time.Duration, workers)
	var running sync.WaitGroup
	for w := range workers {
		c := client()
		running.Go(func() {
			for i := range next {
				start := time.Now()
				if err := call(c, i); err != nil {
					b.Error(err)
				}
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	b.ResetTimer()
	for i := range b.N {
		next <- i
	}
	close(next)
	running.Wait()
	b.StopTimer()
	report(b, slices.Concat(took...))
}

// report adds the metrics that the real cluster's figures are given in.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	if seconds := b.Elapsed().Seconds(); seconds > 0 {
		b.ReportMetric(float64(len(took))/seconds, "req/s")
	}
}

// BenchmarkRequests is what clients do, over HTTP, on a cluster without Kyverno that has a thousand pods.
func BenchmarkRequests(b *testing.B) {
	ctx := context.Background()
	_, client := benchCluster(b, Baseline{})
	maps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	setup := client()
	for i := range 1000 {
		if _, err := setup.Resource(podsGVR).Namespace("default").Create(ctx, benchPod("base-"+strconv.Itoa(i)), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	round := 0
	calls := []struct {
		name string
		call func(c dynamic.Interface, i int) error
	}{
		{"create-configmap", func(c dynamic.Interface, i int) error {
			obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "b"}}}
			obj.SetName(fmt.Sprintf("c-%d-%d", round, i))
			_, err := c.Resource(maps).Namespace("default").Create(ctx, obj, metav1.CreateOptions{})
			return err
		}},
		{"create-pod", func(c dynamic.Interface, i int) error {
			_, err := c.Resource(podsGVR).Namespace("default").Create(ctx, benchPod(fmt.Sprintf("p-%d-%d", round, i)), metav1.CreateOptions{})
			return err
		}},
		{"get-pod", func(c dynamic.Interface, i int) error {
			_, err := c.Resource(podsGVR).Namespace("default").Get(ctx, "base-"+strconv.Itoa(i%1000), metav1.GetOptions{})
			return err
		}},
		{"list-500-pods", func(c dynamic.Interface, _ int) error {
			_, err := c.Resource(podsGVR).Namespace("default").List(ctx, metav1.ListOptions{Limit: 500})
			return err
		}},
		{"patch-pod", func(c dynamic.Interface, i int) error {
			patch := fmt.Appendf(nil, `{"metadata":{"labels":{"n":"%d"}}}`, i)
			_, err := c.Resource(podsGVR).Namespace("default").Patch(ctx, "base-"+strconv.Itoa(i%1000), "application/merge-patch+json", patch, metav1.PatchOptions{})
			return err
		}},
	}
	for _, call := range calls {
		for _, workers := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%d-at-a-time", call.name, workers), func(b *testing.B) {
				round++
				latencies(b, workers, client, call.call)
			})
		}
	}
}

// BenchmarkAdmission creates pods that five policies look at.
func BenchmarkAdmission(b *testing.B) {
	cluster, client := benchCluster(b, Baseline{Kyverno: true}, "testdata/bench/policies.yaml")
	round := 0
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprintf("%d-at-a-time", workers), func(b *testing.B) {
			round++
			latencies(b, workers, client, func(c dynamic.Interface, i int) error {
				_, err := c.Resource(podsGVR).Namespace("default").Create(context.Background(), benchPod(fmt.Sprintf("p-%d-%d", round, i)), metav1.CreateOptions{})
				return err
			})
			settle(b, cluster)
		})
	}
}
