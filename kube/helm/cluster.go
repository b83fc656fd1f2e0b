package helm

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// parallel is how many requests are under way at once.
const parallel = 8

// cluster is what the command does to a cluster.
type cluster struct {
	raw   rest.Interface // for the objects of the chart: bytes in, bytes out
	typed kubernetes.Interface
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
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes cluster unreachable: %w", err)
	}
	raw := typed.Discovery().RESTClient()
	if err := raw.Get().AbsPath("/version").Do(ctx).Error(); err != nil {
		return nil, fmt.Errorf("kubernetes cluster unreachable: %w", err)
	}
	return &cluster{raw: raw, typed: typed}, nil
}

// collection is the path of an object's resource. The chart's kinds all have the plural that the rule gives.
func collection(object *unstructured.Unstructured) []string {
	resource, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
	path := []string{"/api", resource.Version}
	if resource.Group != "" {
		path = []string{"/apis", resource.Group, resource.Version}
	}
	if ns := object.GetNamespace(); ns != "" {
		path = append(path, "namespaces", ns)
	}
	return append(path, resource.Resource)
}

// get reads an object.
func (c *cluster) get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	data, err := c.raw.Get().AbsPath(append(collection(object), object.GetName())...).Do(ctx).Raw()
	if err != nil {
		return nil, err
	}
	have := &unstructured.Unstructured{}
	return have, have.UnmarshalJSON(data)
}

// put creates an object, or replaces the release's own that is there already, at the version that was seen.
func (c *cluster) put(ctx context.Context, r resource, version string) error {
	body, err := r.encode(version)
	if err != nil {
		return err
	}
	request := c.raw.Post().AbsPath(collection(r.Unstructured)...)
	if version != "" {
		request = c.raw.Put().AbsPath(append(collection(r.Unstructured), r.GetName())...)
	}
	return request.Param("fieldManager", fieldManagerHelm).SetHeader("Content-Type", "application/json").Body(body).Do(ctx).Error()
}

// remove deletes an object; what belongs to it goes in the background.
func (c *cluster) remove(ctx context.Context, object *unstructured.Unstructured) error {
	policy := string(metav1.DeletePropagationBackground)
	return c.raw.Delete().AbsPath(append(collection(object), object.GetName())...).Param("propagationPolicy", policy).Do(ctx).Error()
}

// each runs an action on objects, some at a time, and returns the first error.
func each[T any](ctx context.Context, all []T, action func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, object := range all {
		group.Go(func() error { return action(ctx, object) })
	}
	return group.Wait()
}

// id tells objects apart.
func id(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetNamespace() + "/" + object.GetName()
}
