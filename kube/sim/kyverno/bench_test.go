package kyverno

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"podsec/kube/sim/api"
)

// benchmarkCluster has so many policies like requireTeam.
func benchmarkCluster(b *testing.B, policies int) *testCluster {
	b.Helper()
	c := newKyvernoCluster(b)
	for i := range policies {
		c.applyPolicies(strings.Replace(requireTeam, "name: require-team", fmt.Sprintf("name: require-team-%d", i), 1))
	}
	return c
}

// BenchmarkReview is one admission review of a pod by five policies, without the API server around it.
func BenchmarkReview(b *testing.B) {
	c := benchmarkCluster(b, 5)
	service, _ := c.kyverno.Lookup("kyverno", "kyverno-svc")
	for name, labels := range map[string]string{"admitted": "team: a", "denied": "app: web"} {
		b.Run(name, func(b *testing.B) {
			attributes := c.attributes(parseObjects(b, pod("p", "team", labels))[0], "kubernetes-admin")
			attributes.DryRun = true // leaves no report behind
			b.ReportAllocs()
			for b.Loop() {
				if _, err := service.Review(context.Background(), "/validate/fail", attributes); err != nil {
					b.Fatal(err)
				}
			}
			c.settle()
		})
	}
}

// BenchmarkScan is the scan of one pod by five policies, with its report unchanged.
func BenchmarkScan(b *testing.B) {
	c := benchmarkCluster(b, 5)
	c.mustApply(pod("p", "team", "team: a"))
	c.settle()
	subject, err := c.client.Get(context.Background(), podsResource, "team", "p")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.kyverno.scan(context.Background(), podsResource, subject)
	}
}

// BenchmarkLookup is what every call of a webhook begins with.
func BenchmarkLookup(b *testing.B) {
	c := benchmarkCluster(b, 0)
	for b.Loop() {
		if _, ok := api.Services(c.kyverno).Lookup("kyverno", "kyverno-svc"); !ok {
			b.Fatal("no service")
		}
	}
}

// BenchmarkResourceWebhooks builds the webhook configurations for a hundred policies.
func BenchmarkResourceWebhooks(b *testing.B) {
	d := chartDiscovery(b)
	builder := chartBuilder(b, "kyverno-admission-controller")
	var all strings.Builder
	for i := range 100 {
		fmt.Fprintf(&all, "%s\n---\n", strings.Trim(strings.Replace(requireTeam, "name: require-team", fmt.Sprintf("name: require-team-%d", i), 1), "\n"))
	}
	policies := parsePolicies(b, strings.TrimSuffix(all.String(), "\n---\n"))
	for b.Loop() {
		builder.resourceValidating(policies, d)
	}
}

// BenchmarkIdle is what a caller pays who asks whether there is something left to do when there is not.
func BenchmarkIdle(b *testing.B) {
	c := benchmarkCluster(b, 5)
	c.settle()
	for b.Loop() {
		if err := c.kyverno.Idle(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
