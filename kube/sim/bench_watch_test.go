package sim

import (
	"context"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// BenchmarkWatch is the time from a write to the moment in which so many watching clients have all seen it.
func BenchmarkWatch(b *testing.B) {
	for _, watchers := range []int{1, 100} {
		b.Run(strconv.Itoa(watchers)+"-watchers", func(b *testing.B) { benchWatch(b, watchers) })
	}
}

func benchWatch(b *testing.B, watchers int) {
	ctx := context.Background()
	_, client := benchCluster(b, Baseline{})
	maps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	c := client()
	streams := make([]watch.Interface, watchers)
	for i := range streams {
		stream, err := c.Resource(maps).Namespace("default").Watch(ctx, metav1.ListOptions{})
		if err != nil {
			b.Fatal(err)
		}
		defer stream.Stop()
		streams[i] = stream
	}
	var took []time.Duration
	for b.Loop() {
		obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "b"}}}
		obj.SetName("w-" + strconv.Itoa(len(took)))
		start := time.Now()
		if _, err := c.Resource(maps).Namespace("default").Create(ctx, obj, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		for _, stream := range streams {
			awaitName(b, stream, obj.GetName())
		}
		took = append(took, time.Since(start))
	}
	report(b, took)
	b.ReportMetric(float64(len(took)*watchers)/b.Elapsed().Seconds(), "events/s")
}

func awaitName(b *testing.B, stream watch.Interface, name string) {
	b.Helper()
	for event := range stream.ResultChan() {
		if obj, ok := event.Object.(*unstructured.Unstructured); ok && obj.GetName() == name {
			return
		}
	}
	b.Fatal("watch ended")
}
