package inspect_test

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// BenchmarkTenThousand measures what the app asks of a cluster with 10,000 objects of one kind: the kinds with their
// counts, the first page of objects, and all pages.
func BenchmarkTenThousand(b *testing.B) {
	cluster, err := sim.Start(b.Context(), sim.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer cluster.Close()
	own := rest.CopyConfig(cluster.Config())
	own.QPS = -1
	client, err := dynamic.NewForConfig(own)
	if err != nil {
		b.Fatal(err)
	}
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	for i := range 10_000 {
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": fmt.Sprintf("c-%05d", i)},
		}}
		if _, err := maps.Create(b.Context(), object, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	reader, err := inspect.New(own)
	if err != nil {
		b.Fatal(err)
	}
	kind := inspect.Kind{Version: "v1", Resource: "configmaps", Kind: "ConfigMap", Namespaced: true}
	b.Run("kinds", func(b *testing.B) {
		for range b.N {
			if _, err := reader.Kinds(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		kinds, err := reader.Kinds(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := reader.Count(b.Context(), kinds); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first page", func(b *testing.B) {
		for range b.N {
			if _, err := reader.Objects(b.Context(), kind, "", ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all pages", func(b *testing.B) {
		for range b.N {
			n := 0
			for more := ""; n == 0 || more != ""; {
				page, err := reader.Objects(b.Context(), kind, "", more)
				if err != nil {
					b.Fatal(err)
				}
				n, more = n+len(page.Rows), page.More
			}
			if n < 10_000 {
				b.Fatalf("%d objects", n)
			}
		}
	})
}
