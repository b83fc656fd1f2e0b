package psa

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/metrics"
)

// Reader is what the admission needs of the API server; api.Client has it.
type Reader interface {
	// Get returns the object, or a NotFound status error.
	Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error)
	// List returns the objects of a namespace.
	List(ctx context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error)
}

// reader gives pod-security-admission the typed objects it asks for.
type reader struct {
	client Reader
}

// GetNamespace returns the name and labels of a namespace, which is all that matters of it.
func (r reader) GetNamespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	object, err := r.client.Get(ctx, corev1.SchemeGroupVersion.WithResource("namespaces"), "", name)
	if err != nil {
		return nil, fmt.Errorf("get namespace %s: %w", name, err)
	}
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: object.GetLabels()}}, nil
}

// ListPods returns the pods of a namespace.
func (r reader) ListPods(ctx context.Context, namespace string) ([]*corev1.Pod, error) {
	objects, err := r.client.List(ctx, corev1.SchemeGroupVersion.WithResource("pods"), namespace, nil)
	if err != nil {
		return nil, fmt.Errorf("list pods of %s: %w", namespace, err)
	}
	pods := make([]*corev1.Pod, len(objects))
	for i, object := range objects {
		pods[i] = &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, pods[i]); err != nil {
			return nil, fmt.Errorf("decode pod %s/%s: %w", namespace, object.GetName(), err)
		}
	}
	return pods, nil
}

// noMetrics counts nothing: the simulated API server has no /metrics.
type noMetrics struct{}

func (noMetrics) RecordEvaluation(metrics.Decision, podsecurity.LevelVersion, metrics.Mode, podsecurity.Attributes) {
}
func (noMetrics) RecordExemption(podsecurity.Attributes)   {}
func (noMetrics) RecordError(bool, podsecurity.Attributes) {}
