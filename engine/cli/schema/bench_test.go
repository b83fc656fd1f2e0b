package schema

import (
	"testing"

	"podsec/assets/kyverno"
)

// BenchmarkCompile makes the schema of Kyverno's largest definition.
func BenchmarkCompile(b *testing.B) {
	definition, err := kyverno.Specification("clusterpolicies.kyverno.io")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compile(definition, "v1"); err != nil {
			b.Fatal(err)
		}
	}
}
