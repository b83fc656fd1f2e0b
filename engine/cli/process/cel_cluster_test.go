package process

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answers are those of an API server, by paths.
type answers map[string]string

func (a answers) Call(_ context.Context, method, path string, _ []byte) ([]byte, error) {
	if answer, ok := a[method+" "+path]; ok {
		return []byte(answer), nil
	}
	return nil, errors.New("unexpected call of " + path)
}

// TestClusterWorld: what is read is as Kubernetes' own clients read it.
func TestClusterWorld(t *testing.T) {
	world := NewClusterWorld(t.Context(), answers{
		"GET /apis/apps/v1/namespaces/shop/deployments/web":       `{"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3, "share": 0.5}}`,
		"GET /api/v1/namespaces/shop/pods/web/status":             `{"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running"}}`,
		"GET /api/v1/pods?labelSelector=app%3Dweb":                `{"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"generation": 1}}]}`,
		"GET /api/v1/namespaces/shop/configmaps/nothing":          `{}`,
		"GET /apis/example.org/v1/namespaces/shop/things/a%2Fb":   `{"apiVersion": "example.org/v1", "kind": "Thing"}`,
		"GET /apis/example.org/v1/namespaces/shop/things":         `{"apiVersion": "example.org/v1", "kind": "Things", "items": [{"apiVersion": "example.org/v2", "kind": "Thing"}]}`,
		"GET /apis/apps/v1/namespaces/shop/deployments/web/scale": `{"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 3}}`,
	})
	for name, test := range map[string]struct {
		apiVersion, plural, namespace, name string // "" for all
		want                                any    // the object or the items, or the error
	}{
		"numbers":        {"apps/v1", "deployments", "shop", "web", map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "spec": map[string]any{"replicas": int64(3), "share": 0.5}}},
		"status":         {"v1", "pods/status", "shop", "web", map[string]any{"apiVersion": "v1", "kind": "Pod", "status": map[string]any{"phase": "Running"}}},
		"scale":          {"apps/v1", "deployments/scale", "shop", "web", map[string]any{"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": map[string]any{"replicas": int64(3)}}},
		"escaped":        {"example.org/v1", "things", "shop", "a/b", map[string]any{"apiVersion": "example.org/v1", "kind": "Thing"}},
		"no object":      {"v1", "configmaps", "shop", "nothing", "Object 'Kind' is missing in '{}'"},
		"items":          {"v1", "pods", "", "", []any{map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"generation": int64(1)}}}},
		"items of kinds": {"example.org/v1", "things", "shop", "", []any{map[string]any{"apiVersion": "example.org/v2", "kind": "Thing"}}},
		"version":        {"a/b/c", "things", "shop", "", "unexpected GroupVersion string: a/b/c"},
	} {
		t.Run(name, func(t *testing.T) {
			var got any
			var err error
			if test.name != "" {
				object, failed := world.GetResource(test.apiVersion, test.plural, test.namespace, test.name)
				if err = failed; err == nil {
					got = object.Object
				}
			} else {
				var labels map[string]string
				if test.namespace == "" {
					labels = map[string]string{"app": "web"}
				}
				list, failed := world.ListResources(test.apiVersion, test.plural, test.namespace, labels)
				if err = failed; err == nil {
					items := make([]any, len(list.Items))
					for i, item := range list.Items {
						items[i] = item.Object
					}
					got = items
				}
			}
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
