package engine

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// changes lists the fields in which two JSON objects differ, as JSON pointers in a fixed order. What was added or
// removed as a whole is one change.
func changes(before, after map[string]any) []Change {
	var out []Change
	diff(before, after, "", &out)
	return out
}

// Diff lists the fields in which two objects differ, in a fixed order. What was added or removed as a whole is one change.
func Diff(before, after map[string]any) []Change { return changes(before, after) }

func diff(before, after any, path string, out *[]Change) {
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			diffMaps(b, a, path, out)
			return
		}
	case []any:
		if a, ok := after.([]any); ok {
			diffLists(b, a, path, out)
			return
		}
	}
	if !reflect.DeepEqual(before, after) {
		*out = append(*out, Change{Path: path, Old: before, New: after})
	}
}

func diffMaps(before, after map[string]any, path string, out *[]Change) {
	keys := slices.Collect(maps.Keys(before))
	for key := range after {
		if _, ok := before[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		diff(before[key], after[key], path+"/"+escapePointer(key), out)
	}
}

func diffLists(before, after []any, path string, out *[]Change) {
	for i := range max(len(before), len(after)) {
		var b, a any
		if i < len(before) {
			b = before[i]
		}
		if i < len(after) {
			a = after[i]
		}
		diff(b, a, path+"/"+strconv.Itoa(i), out)
	}
}

// escapePointer escapes a key for a JSON pointer (RFC 6901).
func escapePointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// field is the change's place as a field path.
func (c Change) field() string {
	parts := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	}
	return joinFields(parts)
}
