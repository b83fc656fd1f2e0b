package inspect

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/engine"
)

var (
	_ engine.ConfigMapGetter = (*Cluster)(nil)
	_ engine.APICaller       = (*Cluster)(nil)
)

// ConfigMap implements engine.ConfigMapGetter.
func (c *Cluster) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	found, err := c.client.Resource(configMaps).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err // the API server's own words become Kyverno's
	}
	var typed corev1.ConfigMap
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &typed); err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, name, err)
	}
	return &typed, nil
}

// Call implements engine.APICaller for reading; to ask why must not change the cluster.
func (c *Cluster) Call(ctx context.Context, method, path string, _ []byte) ([]byte, error) {
	if method != "" && method != "GET" {
		return nil, fmt.Errorf("%s %s: only GET is sent when asking why", method, path)
	}
	return c.raw.Get().RequestURI(path).Do(ctx).Raw()
}
