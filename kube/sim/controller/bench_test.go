package controller

import (
	"context"
	"fmt"
	"strings"
	"testing"
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
