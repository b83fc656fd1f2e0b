package controller

import (
	"context"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BenchmarkIdle measures the question whether all is done when it is, in a cluster with a hundred pods.
func BenchmarkIdle(b *testing.B) {
	c := newCluster(b)
	c.apply(strings.ReplaceAll(web, "replicas: 3", "replicas: 100"))
	for b.Loop() {
		if err := c.controllers.Idle(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDeployment measures the way from a Deployment of three pods to their running.
func BenchmarkDeployment(b *testing.B) {
	c := newCluster(b)
	n := 0
	for b.Loop() {
		n++
		c.apply(strings.ReplaceAll(web, "web", fmt.Sprintf("web-%d", n)))
	}
}

// BenchmarkReplicaSet makes a ReplicaSet of so many pods, and BenchmarkNamespace deletes a namespace of so many: the time
// for each of them (ns/pod) must not grow with their number.
func BenchmarkReplicaSet(b *testing.B) {
	for _, pods := range []int{250, 1000, 4000} {
		b.Run(fmt.Sprint(pods), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c := newClusterFor(b, plainly)
				b.StartTimer()
				c.crowd(pods)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*pods), "ns/pod")
		})
	}
}

// BenchmarkNamespace is described at BenchmarkReplicaSet.
func BenchmarkNamespace(b *testing.B) {
	for _, pods := range []int{250, 1000, 4000} {
		b.Run(fmt.Sprint(pods), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c := newClusterFor(b, plainly)
				c.crowd(pods)
				b.StartTimer()
				if err := c.client.Delete(context.Background(), spacesGVR, "", "shop", metav1.DeleteOptions{}); err != nil {
					b.Fatal(err)
				}
				c.rest()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*pods), "ns/pod")
		})
	}
}
