package image_test

import (
	"context"
	"testing"

	"podsec/engine"
	"podsec/engine/image"
)

// forms are the forms of signatures that benchmarks measure.
func forms() map[string]image.Format {
	return map[string]image.Format{"tag": image.Tags, "bundle": image.Bundle}
}

// BenchmarkSign is what a signature of an image costs, with its way to the registry.
func BenchmarkSign(b *testing.B) {
	for name, form := range forms() {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			for b.Loop() {
				b.StopTimer() // each signature of an image makes the next one slower
				digest := w.push("app:v1")
				b.StartTimer()
				w.sign(digest, "a", form)
			}
		})
	}
}

// BenchmarkVerifyImages is what one pod with a signed image costs at admission.
func BenchmarkVerifyImages(b *testing.B) {
	for name, entry := range map[string]string{"tag": byA, "bundle": bundleByA} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			w.sign(w.push("app:v1"), "a", 0)
			e, policies := w.engine(nil), []*engine.Policy{w.policy(entry)}
			request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
			for b.Loop() {
				if v := e.VerifyImages(context.Background(), policies, request); v.Results[0].Rules[0].Status != engine.Pass {
					b.Fatal(v.Results[0].Rules[0].Message)
				}
			}
		})
	}
}
