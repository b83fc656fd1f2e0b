package process

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Exceptions are policy exceptions from files.
type Exceptions []*unstructured.Unstructured

// Exceptions implements engine.ExceptionLister.
func (e Exceptions) Exceptions() []*unstructured.Unstructured { return e }

// GlobalEntries are the data of global context entries by name.
type GlobalEntries map[string]any

// GlobalContext implements engine.GlobalContextGetter.
func (g GlobalEntries) GlobalContext(name, projection string) (any, error) {
	value, ok := g[name]
	if !ok {
		return nil, fmt.Errorf("failed to fetch entry key=%s", name)
	}
	if projected, ok := value.(projected); ok {
		if projection == "" {
			return projected.objects, nil
		}
		value = map[string]any(projected.projections)
	}
	if projection == "" {
		return value, nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("global context mock: projection %q requested but value is not an object", projection)
	}
	part, ok := fields[projection]
	if !ok {
		return nil, fmt.Errorf("projection %q not found", projection)
	}
	return part, nil
}

// projected is an entry that lists resources, with its projections beside them.
type projected struct {
	objects     []any
	projections map[string]any
}

// TakeGlobalContext takes the GlobalContextEntries out of resources and computes those that list other resources from
// the rest; nil when there are none.
func TakeGlobalContext(resources []*unstructured.Unstructured) ([]*unstructured.Unstructured, GlobalEntries, error) {
	var rest, definitions []*unstructured.Unstructured
	for _, r := range resources {
		if r.GroupVersionKind() == (schema.GroupVersionKind{Group: "kyverno.io", Version: "v2", Kind: "GlobalContextEntry"}) {
			definitions = append(definitions, r)
		} else {
			rest = append(rest, r)
		}
	}
	if len(definitions) == 0 {
		return rest, nil, nil
	}
	entries := GlobalEntries{}
	for _, definition := range definitions {
		entry, ok, err := listed(definition, rest)
		if err != nil {
			return nil, nil, fmt.Errorf("failed to build global context store: %w", err)
		}
		if ok {
			entries[definition.GetName()] = entry
		}
	}
	return rest, entries, nil
}

// listed computes an entry with spec.kubernetesResource; ok is false for others.
func listed(definition *unstructured.Unstructured, resources []*unstructured.Unstructured) (entry projected, ok bool, err error) {
	wanted, ok, _ := unstructured.NestedStringMap(definition.Object, "spec", "kubernetesResource")
	if !ok {
		return entry, false, nil
	}
	resource := schema.GroupVersionResource{Group: wanted["group"], Version: wanted["version"], Resource: wanted["resource"]}
	entry.objects, entry.projections = []any{}, map[string]any{}
	for _, r := range resources {
		guessed, _ := meta.UnsafeGuessKindToResource(r.GroupVersionKind())
		if guessed == resource && (wanted["namespace"] == "" || r.GetNamespace() == wanted["namespace"]) {
			entry.objects = append(entry.objects, r.Object)
		}
	}
	projections, _, _ := unstructured.NestedSlice(definition.Object, "spec", "projections")
	for _, p := range projections {
		p, _ := p.(map[string]any)
		name, _ := p["name"].(string)
		path, _ := p["jmesPath"].(string)
		if entry.projections[name], err = Search(path, entry.objects); err != nil {
			return entry, false, fmt.Errorf("failed to apply projection %q for GlobalContextEntry %s: %w", name, definition.GetName(), err)
		}
	}
	return entry, true, nil
}
