package helm

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// parallel is how many requests are under way at once.
const parallel = 8

// cluster is what the command does to a cluster.
type cluster struct {
	objects dynamic.Interface
	typed   kubernetes.Interface
}

// connect makes the clients and sees whether the cluster answers.
func (h *Helm) connect(ctx context.Context) (*cluster, error) {
	if h.Config == nil {
		return nil, errors.New("kubernetes cluster unreachable: no cluster is configured")
	}
	config := rest.CopyConfig(h.Config)
	config.QPS = -1                         // the client's own throttle would be slower than the cluster
	config.ContentType = "application/json" // every server speaks it, protobuf not
	config.UserAgent = "podsec-helm"
	config.WarningHandler = rest.NoWarnings{} // Helm logs them only when asked to
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes cluster unreachable: %w", err)
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes cluster unreachable: %w", err)
	}
	if err := typed.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Error(); err != nil {
		return nil, fmt.Errorf("kubernetes cluster unreachable: %w", err)
	}
	return &cluster{objects: objects, typed: typed}, nil
}

// of is the client for an object's resource. The chart's kinds all have the plural that the rule gives.
func (c *cluster) of(object *unstructured.Unstructured) dynamic.ResourceInterface {
	resource, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
	client := c.objects.Resource(resource)
	if ns := object.GetNamespace(); ns != "" {
		return client.Namespace(ns)
	}
	return client
}

// put creates an object, or replaces the release's own that is there already.
func (c *cluster) put(ctx context.Context, object *unstructured.Unstructured, present map[string]string) error {
	options := metav1.CreateOptions{FieldManager: fieldManagerHelm}
	version, exists := present[id(object)]
	if !exists {
		_, err := c.of(object).Create(ctx, object, options)
		return err
	}
	replacement := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range object.Object {
		replacement.Object[key] = value
	}
	metadata, _, _ := unstructured.NestedMap(object.Object, "metadata")
	replacement.Object["metadata"] = metadata
	replacement.SetResourceVersion(version)
	_, err := c.of(object).Update(ctx, replacement, metav1.UpdateOptions{FieldManager: fieldManagerHelm})
	return err
}

// each runs an action on objects, some at a time, and returns the first error.
func each(ctx context.Context, objects []*unstructured.Unstructured, action func(context.Context, *unstructured.Unstructured) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, object := range objects {
		group.Go(func() error { return action(ctx, object) })
	}
	return group.Wait()
}

// id tells objects apart.
func id(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetNamespace() + "/" + object.GetName()
}
