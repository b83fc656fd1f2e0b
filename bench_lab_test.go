package main

import (
	"io"
	"testing"

	"podsec/assets"
	"podsec/labs"
	"podsec/labs/venue"
)

// BenchmarkSignedImages is the lab about signatures from nothing to its end: a cluster in an account, and all commands.
func BenchmarkSignedImages(b *testing.B) {
	all, err := labs.Load(assets.Labs())
	if err != nil {
		b.Fatal(err)
	}
	lab, err := labs.Find(all, "07-signed-images")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		work(b, lab)
	}
}

// work works through a lab on a cluster of its own.
func work(b *testing.B, lab *labs.Lab) {
	b.Helper()
	cluster, err := venue.Simulate(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	session, err := labs.Open(b.Context(), lab, cluster, venue.Shell(cluster))
	if err != nil {
		b.Fatal(err)
	}
	for i, step := range lab.Steps {
		if outcome, err := session.Solve(b.Context(), i, io.Discard); err != nil || !outcome.Passed {
			b.Fatalf("%s: %+v, %v", step.ID, outcome, err)
		}
	}
	if err := session.Close(); err != nil {
		b.Fatal(err)
	}
	if err := cluster.Close(); err != nil {
		b.Fatal(err)
	}
}
