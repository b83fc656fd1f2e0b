package process

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// World is a list of objects that stands in for a cluster where rules look things up.
type World []*unstructured.Unstructured

// ConfigMap implements engine.ConfigMapGetter.
func (w World) ConfigMap(_ context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	found := w.find(func(o *unstructured.Unstructured) bool {
		return o.GetKind() == "ConfigMap" && named(o, namespace, name)
	})
	if found == nil {
		return nil, fmt.Errorf("configmaps %q not found", name)
	}
	var out corev1.ConfigMap
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &out)
	return &out, err
}

// NamespaceLabels returns the labels of a namespace.
func (w World) NamespaceLabels(_ context.Context, name string) (map[string]string, error) {
	found := w.find(func(o *unstructured.Unstructured) bool { return o.GetKind() == "Namespace" && o.GetName() == name })
	if found == nil {
		return nil, fmt.Errorf("namespaces %q not found", name)
	}
	return found.GetLabels(), nil
}

func (w World) find(wanted func(*unstructured.Unstructured) bool) *unstructured.Unstructured {
	if i := slices.IndexFunc(w, wanted); i >= 0 {
		return w[i]
	}
	return nil
}

func named(o *unstructured.Unstructured, namespace, name string) bool {
	return o.GetNamespace() == namespace && o.GetName() == name
}

// Call implements engine.APICaller: paths of the Kubernetes API lead to an object or a list of them.
func (w World) Call(_ context.Context, method, path string, _ []byte) ([]byte, error) {
	if method != "GET" {
		return nil, fmt.Errorf("method %s not supported for fake client", method)
	}
	p, ok := parsePath(path)
	switch {
	case strings.Contains(path, "://"):
		return nil, fmt.Errorf("%s %q: services are not called here", method, path)
	case !ok:
		return nil, fmt.Errorf("failed to parse path: %s", path)
	}
	if p.name == "" {
		return json.Marshal(w.list(p))
	}
	found := w.find(func(o *unstructured.Unstructured) bool { return p.serves(o) && named(o, p.namespace, p.name) })
	if found == nil {
		return nil, fmt.Errorf("failed to get resource %s/%s/%s: %s %q not found", p.version.Version, p.version.Resource, p.name, p.version.Resource, p.name)
	}
	return json.Marshal(found.Object)
}

// list returns the objects of a path as a list object.
func (w World) list(p apiPath) map[string]any {
	items := []any{}
	kind := ""
	for _, o := range w {
		if p.serves(o) && (p.namespace == "" || o.GetNamespace() == p.namespace) {
			items, kind = append(items, o.Object), o.GetKind()
		}
	}
	return map[string]any{
		"apiVersion": p.version.GroupVersion().String(), "kind": kind + "List", "items": items,
		"metadata": map[string]any{"resourceVersion": ""},
	}
}

// apiPath is what a path of the Kubernetes API leads to.
type apiPath struct {
	version         schema.GroupVersionResource
	namespace, name string
}

// serves says whether an object is of the path's resource.
func (p apiPath) serves(o *unstructured.Unstructured) bool {
	resource, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind())
	return resource == p.version
}

// parsePath reads "/api/v1/namespaces/x/pods/y" and "/apis/apps/v1/deployments".
func parsePath(path string) (apiPath, bool) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var p apiPath
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		p.version.Version, parts = parts[1], parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		p.version.Group, p.version.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return p, false
	}
	if parts[0] == "namespaces" && len(parts) > 1 {
		if p.namespace, parts = parts[1], parts[2:]; len(parts) == 0 {
			return p, false // a namespace itself: the Kyverno CLI cannot read this path either
		}
	}
	p.version.Resource = parts[0]
	if len(parts) > 1 {
		p.name = parts[1]
	}
	return p, true
}
