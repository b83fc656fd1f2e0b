package kyverno

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
)

// fetcher gets what context entries of rules name. It implements engine.ConfigMapGetter and engine.APICaller.
type fetcher struct{ k *Kyverno }

var (
	_ engine.ConfigMapGetter = fetcher{}
	_ engine.APICaller       = fetcher{}
)

// ConfigMap implements engine.ConfigMapGetter. It asks the API server, as Kyverno does for ConfigMaps without the label
// that puts them into its cache.
func (f fetcher) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	stored, err := f.k.client.Get(ctx, configMaps, namespace, name)
	if err != nil {
		return nil, err
	}
	var typed corev1.ConfigMap
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(stored.Object, &typed); err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, name, err)
	}
	return &typed, nil
}

// Call implements engine.APICaller for reading: a path names an object or a list, as in the Kubernetes API.
func (f fetcher) Call(ctx context.Context, method, path string, _ []byte) ([]byte, error) {
	target, ok := parsePath(path)
	if method != "GET" || !ok {
		return nil, fmt.Errorf("%s %s: %w", method, path, errUnsupportedCall)
	}
	r, served := f.k.discovery.kindOf(target.gvr)
	if !served {
		return nil, fmt.Errorf("GET %s: the server could not find the requested resource", path)
	}
	if target.name != "" {
		object, err := f.k.client.Get(ctx, target.gvr, target.namespace, target.name)
		if err != nil {
			return nil, err
		}
		return object.MarshalJSON()
	}
	return f.list(ctx, r, target.namespace)
}

// errUnsupportedCall is the answer to calls that the simulator does not make.
var errUnsupportedCall = errors.New("only objects and lists of the Kubernetes API can be read")

// list is a list as the API server sends it.
func (f fetcher) list(ctx context.Context, r resource, namespace string) ([]byte, error) {
	stored, err := f.k.client.List(ctx, r.gvr, namespace, nil)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(stored))
	for i, object := range stored {
		items[i] = object.Object
	}
	return json.Marshal(map[string]any{
		"apiVersion": r.gvr.GroupVersion().String(), "kind": r.kind + "List", "metadata": map[string]any{}, "items": items,
	})
}

// apiPath is what a path of the Kubernetes API names.
type apiPath struct {
	gvr             schema.GroupVersionResource
	namespace, name string
}

// parsePath reads /api/v1/… and /apis/<group>/<version>/…, with or without a namespace and a name.
func parsePath(path string) (apiPath, bool) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var target apiPath
	switch {
	case len(parts) > 2 && parts[0] == "api":
		target.gvr.Version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		target.gvr.Group, target.gvr.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return target, false
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		target.namespace, parts = parts[1], parts[2:]
	}
	target.gvr.Resource = parts[0]
	if len(parts) > 1 {
		target.name = parts[1]
	}
	return target, len(parts) <= 2
}
