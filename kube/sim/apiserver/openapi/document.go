package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Resource is a resource as a document describes it.
type Resource struct {
	GVK        schema.GroupVersionKind
	Plural     string
	Namespaced bool
	Verbs      []string
	// Type is the Go type of a built-in kind; it is merged strategically.
	Type reflect.Type
	// Schema is the stored schema of a custom kind, which the document changes nothing in.
	Schema map[string]any
}

// Document returns the OpenAPI v3 document of a group and version as JSON.
func Document(gv schema.GroupVersion, resources []Resource) ([]byte, error) {
	all := &schemas{byName: object{}}
	paths := object{}
	for _, r := range resources {
		name := all.root(r)
		maps.Copy(paths, r.paths(name))
	}
	body, err := json.Marshal(object{
		"openapi":    "3.0.0",
		"info":       object{"title": "Kubernetes", "version": "v1.36.3"},
		"paths":      paths,
		"components": object{"schemas": all.byName},
	})
	if err != nil {
		return nil, fmt.Errorf("write document of %s: %w", gv, err)
	}
	return body, nil
}

// root describes the resource's own kind and marks it as such.
func (s *schemas) root(r Resource) string {
	var name string
	var kind object
	if r.Type != nil {
		name = s.add(r.Type)
		kind, _ = s.byName[name].(object)
	} else {
		name, kind = customName(r.GVK), s.custom(r)
	}
	kind["x-kubernetes-group-version-kind"] = []any{gvkObject(r.GVK)}
	s.byName[name] = kind
	return name
}

// custom completes a stored schema with the fields that every object has.
func (s *schemas) custom(r Resource) object {
	out := object{"type": "object"}
	maps.Copy(out, r.Schema)
	given, _ := out["properties"].(object)
	properties := maps.Clone(given)
	if properties == nil {
		properties = object{}
	}
	docs := metav1.TypeMeta{}.SwaggerDoc()
	properties["apiVersion"] = object{"type": "string", "description": docs["apiVersion"]}
	properties["kind"] = object{"type": "string", "description": docs["kind"]}
	properties["metadata"] = object{
		"description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
		"allOf":       []any{s.of(reflect.TypeFor[metav1.ObjectMeta]())},
	}
	out["properties"] = properties
	return out
}

// customName is the name of a custom kind's schema: io.kyverno.v1.ClusterPolicy.
func customName(gvk schema.GroupVersionKind) string {
	parts := strings.Split(gvk.Group, ".")
	slices.Reverse(parts)
	return strings.Join(append(parts, gvk.Version, gvk.Kind), ".")
}

func gvkObject(gvk schema.GroupVersionKind) object {
	return object{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind}
}
