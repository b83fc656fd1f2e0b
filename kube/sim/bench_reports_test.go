package sim

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"podsec/kube"
)

// BenchmarkReport is the time from the creation of a pod that violates an Audit policy to its report, seen by a watch.
func BenchmarkReport(b *testing.B) {
	ctx := context.Background()
	_, client := benchCluster(b, Baseline{Kyverno: true}, "testdata/bench/audit.yaml")
	c := client()
	reports, err := c.Resource(reportsGVR).Namespace("default").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer reports.Stop()
	var took []time.Duration
	for b.Loop() {
		name, start := "v-"+strconv.Itoa(len(took)), time.Now()
		if _, err := c.Resource(podsGVR).Namespace("default").Create(ctx, benchPod(name), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		for event := range reports.ResultChan() {
			if scope, _, _ := unstructured.NestedString(event.Object.(*unstructured.Unstructured).Object, "scope", "name"); scope == name {
				break
			}
		}
		took = append(took, time.Since(start))
	}
	report(b, took)
}

// BenchmarkNewPolicy is the time from a new Audit policy to its result in the reports of so many pods.
func BenchmarkNewPolicy(b *testing.B) {
	for _, pods := range []int{300, 3000} {
		b.Run(strconv.Itoa(pods)+"-pods", func(b *testing.B) { benchNewPolicy(b, pods) })
	}
}

func benchNewPolicy(b *testing.B, pods int) {
	ctx := context.Background()
	cluster, client := benchCluster(b, Baseline{Kyverno: true})
	for i := range pods {
		if _, err := cluster.server.Client().Create(ctx, podsGVR, benchPod("p-"+strconv.Itoa(i)), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	settle(b, cluster)
	c, policy := client(), auditPolicy(b)
	for b.Loop() {
		if _, err := c.Resource(policiesGVR).Create(ctx, policy, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		untilReports(b, c, pods)
		b.StopTimer()
		if err := c.Resource(policiesGVR).Delete(ctx, policy.GetName(), metav1.DeleteOptions{}); err != nil {
			b.Fatal(err)
		}
		settle(b, cluster)
		b.StartTimer()
	}
}

func auditPolicy(b *testing.B) *unstructured.Unstructured {
	b.Helper()
	manifest, err := os.ReadFile("testdata/bench/audit.yaml")
	if err != nil {
		b.Fatal(err)
	}
	objects, err := kube.Decode(manifest)
	if err != nil {
		b.Fatal(err)
	}
	return objects[0]
}

// untilReports returns when a namespace has so many reports.
func untilReports(b *testing.B, c dynamic.Interface, want int) {
	b.Helper()
	seen := map[string]bool{}
	reports, err := c.Resource(reportsGVR).Namespace("default").Watch(context.Background(), metav1.ListOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer reports.Stop()
	for event := range reports.ResultChan() {
		if seen[event.Object.(*unstructured.Unstructured).GetName()] = true; len(seen) == want {
			return
		}
	}
	b.Fatal("watch ended")
}
