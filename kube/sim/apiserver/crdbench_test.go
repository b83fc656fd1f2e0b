package apiserver_test

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/assets/kyverno"
)

// BenchmarkDefinitions measures the creation of all of Kyverno's definitions.
func BenchmarkDefinitions(b *testing.B) {
	crds, err := kyverno.CRDs()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		c := newCluster(b).Client()
		b.StartTimer()
		for _, crd := range crds {
			if _, err := c.Create(context.Background(), crd.GroupVersionKind().GroupVersion().WithResource("customresourcedefinitions"), crd, metav1.CreateOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
