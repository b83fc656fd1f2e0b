package jmespath

import (
	"encoding/json"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"
)

// objectFunctions take objects and lists apart and put them together.
func objectFunctions() []function {
	return []function{
		onTexts("parse_json", 1, func(a []string) (any, error) { return parseJSON([]byte(a[0])) }),
		onTexts("parse_yaml", 1, func(a []string) (any, error) {
			data, err := yaml.YAMLToJSON([]byte(a[0]))
			if err != nil {
				return nil, err
			}
			return parseJSON(data)
		}),
		{"lookup", "object|array string|number", lookup},
		{"items", "object|array string string", items},
		{"object_from_lists", "array array", objectFromLists},
	}
}

func parseJSON(data []byte) (any, error) {
	var value any
	err := json.Unmarshal(data, &value)
	return value, err
}

// lookup returns a value by key or index, null when it is not there.
func lookup(arguments []any) (any, error) {
	switch input := arguments[0].(type) {
	case map[string]any:
		key, ok := arguments[1].(string)
		if !ok {
			return nil, fail("lookup", "argument #%d is not of type %s", 2, "String")
		}
		return input[key], nil
	case []any:
		key, ok := arguments[1].(float64)
		if !ok {
			return nil, fail("lookup", "argument #%d is not of type %s", 2, "Number")
		}
		index, err := integer(key)
		if err != nil {
			return nil, fail("lookup", "argument #2: %s", err.Error())
		}
		if index < 0 || index >= len(input) {
			return nil, nil
		}
		return input[index], nil
	}
	return nil, fail("lookup", "argument #%d is not of type %s", 1, "Object or Array")
}

// items turns an object or list into a list of objects with a key and a value, objects in the order of their keys.
func items(arguments []any) (any, error) {
	names, err := texts("items", []any{arguments[1], arguments[2]}, 2)
	if err != nil {
		return nil, err
	}
	out := []any{}
	item := func(key, value any) { out = append(out, map[string]any{names[0]: key, names[1]: value}) }
	switch input := arguments[0].(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(input)) {
			item(key, input[key])
		}
	case []any:
		for i, value := range input {
			item(float64(i), value)
		}
	default:
		return nil, fail("items", "argument #%d is not of type %s", 1, "Object or Array")
	}
	return out, nil
}

// objectFromLists pairs a list of keys with a list of values; values that are missing are null.
func objectFromLists(arguments []any) (any, error) {
	keys, ok := arguments[0].([]any)
	if !ok {
		return nil, fail("object_from_lists", "argument #%d is not of type %s", 1, "Array")
	}
	values, ok := arguments[1].([]any)
	if !ok {
		return nil, fail("object_from_lists", "argument #%d is not of type %s", 2, "Array")
	}
	out := map[string]any{}
	for i, k := range keys {
		key, err := toText(k)
		if err != nil {
			return nil, fail("object_from_lists", "argument #%d is not of type %s", 1, "StringArray")
		}
		out[key] = nil
		if i < len(values) {
			out[key] = values[i]
		}
	}
	return out, nil
}
