package labs

import (
	"testing"

	"podsec/assets"
)

// BenchmarkLoad reads all labs of the workshop, as the app does before its first frame.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(assets.Labs()); err != nil {
			b.Fatal(err)
		}
	}
}
