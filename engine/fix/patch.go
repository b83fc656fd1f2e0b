package fix

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"podsec/engine/document"
)

// patch is the JSON patch that makes after of before, in an order in which it can be applied.
func patch(before, after any, path string) []document.Operation {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			return patchObject(b, a, path)
		}
	case []any:
		if a, ok := after.([]any); ok {
			return patchList(b, a, path)
		}
	}
	return []document.Operation{{Op: "replace", Path: path, Value: after}}
}

func patchObject(before, after map[string]any, path string) []document.Operation {
	var out []document.Operation
	for _, key := range slices.Sorted(maps.Keys(after)) {
		at := path + "/" + escape(key)
		if old, ok := before[key]; ok {
			out = append(out, patch(old, after[key], at)...)
		} else {
			out = append(out, document.Operation{Op: "add", Path: at, Value: after[key]})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[key]; !ok {
			out = append(out, document.Operation{Op: "remove", Path: path + "/" + escape(key)})
		}
	}
	return out
}

// patchList removes elements, from the last to the first, changes single ones, or adds some at the end.
func patchList(before, after []any, path string) []document.Operation {
	var out []document.Operation
	if len(after) < len(before) {
		kept, ok := subsequence(before, after)
		if !ok {
			return []document.Operation{{Op: "replace", Path: path, Value: after}}
		}
		for i := len(before) - 1; i >= 0; i-- {
			if !kept[i] {
				out = append(out, document.Operation{Op: "remove", Path: path + "/" + strconv.Itoa(i)})
			}
		}
		return out
	}
	for i, value := range after {
		at := path + "/" + strconv.Itoa(i)
		if i < len(before) {
			out = append(out, patch(before[i], value, at)...)
		} else {
			out = append(out, document.Operation{Op: "add", Path: path + "/-", Value: value})
		}
	}
	return out
}

// subsequence says which elements of a list remain when only elements were taken out.
func subsequence(before, after []any) (kept []bool, ok bool) {
	kept = make([]bool, len(before))
	next := 0
	for i, value := range before {
		if next < len(after) && reflect.DeepEqual(value, after[next]) {
			kept[i] = true
			next++
		}
	}
	return kept, next == len(after)
}

func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }
