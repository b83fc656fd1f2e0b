package apiserver

import (
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// partOnly returns old with the part of obj's spec that a subresource of pods may change, and the managed fields of obj.
func partOnly(obj, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	from, _ := obj.Object["spec"].(map[string]any)
	spec, _ := old.Object["spec"].(map[string]any)
	spec = maps.Clone(spec)
	switch subresource {
	case "ephemeralcontainers":
		copyField(spec, from, "ephemeralContainers")
	case "resize":
		for _, list := range []string{"containers", "initContainers"} {
			if resized, ok := withResources(spec[list], from[list]); ok {
				spec[list] = resized
			}
		}
	}
	out := ownMetadata(withField(old, spec, "spec"))
	if managed := managedFieldsOf(obj); managed != nil {
		out.Object["metadata"].(map[string]any)["managedFields"] = managed
	}
	return out
}

func copyField(to, from map[string]any, name string) {
	if value, ok := from[name]; ok {
		to[name] = value
	} else {
		delete(to, name)
	}
}

// withResources returns containers with the resources of others of the same names; false if there are none.
func withResources(list, from any) ([]any, bool) {
	containers, ok := list.([]any)
	if !ok {
		return nil, false
	}
	byName := map[any]map[string]any{}
	others, _ := from.([]any)
	for _, item := range others {
		if container, ok := item.(map[string]any); ok {
			byName[container["name"]] = container
		}
	}
	out := make([]any, len(containers))
	for i, item := range containers {
		out[i] = item
		container, ok := item.(map[string]any)
		if other, found := byName[container["name"]]; ok && found {
			container = maps.Clone(container)
			copyField(container, other, "resources")
			copyField(container, other, "resizePolicy")
			out[i] = container
		}
	}
	return out, true
}
