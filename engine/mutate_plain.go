package engine

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/overlay"
)

// plainMerge does what a strategic merge patch does when it only sets single fields in maps, which is what most
// policies ask for: labels, annotations, fields of a security context. Kyverno's own way parses and prints the object
// as YAML several times, which takes longer than everything else in a request together.
//
// It returns nil for whatever has rules of its own, and for a patch that changes nothing: lists, conditions, nulls,
// empty maps, empty names, directives, or fields that are of another type in the object. Floating point numbers in the object are
// left to Kyverno's way too: YAML writes some of them differently ("1e+06").
func plainMerge(object *unstructured.Unstructured, patch any) *unstructured.Unstructured {
	wanted, ok := patch.(map[string]any)
	if !ok || hasFloats(object.Object) {
		return nil
	}
	if merged, changed, ok := mergeFields(object.Object, wanted); ok && changed {
		return (&unstructured.Unstructured{Object: merged}).DeepCopy()
	}
	return nil
}

// hasFloats says whether a JSON value holds a floating point number.
func hasFloats(document any) bool {
	switch document := document.(type) {
	case float64:
		return true
	case map[string]any:
		for _, value := range document {
			if hasFloats(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(document, hasFloats)
	}
	return false
}

// mergeFields returns the object with the fields of the patch, sharing what stays. ok is false for a patch that is not
// plain.
func mergeFields(object, patch map[string]any) (merged map[string]any, changed, ok bool) {
	if len(patch) == 0 {
		return nil, false, false
	}
	merged = maps.Clone(object)
	for name, wanted := range patch {
		key, anchored := overlay.AnchorKey(name)
		if key == "" || anchored && !strings.HasPrefix(name, "+(") || strings.HasPrefix(key, "$") {
			return nil, false, false
		}
		have, present := object[key]
		if anchored && present {
			continue
		}
		if _, both := patch[key]; anchored && both {
			return nil, false, false
		}
		value, differs, ok := mergeField(have, present, wanted)
		if !ok {
			return nil, false, false
		}
		changed = changed || differs
		merged[key] = value
	}
	return merged, changed, true
}

// mergeField returns the value of one field of the patch.
func mergeField(have any, present bool, wanted any) (value any, changed, ok bool) {
	switch wanted := wanted.(type) {
	case string, bool, int64:
		return wanted, have != wanted, !present || reflect.TypeOf(have) == reflect.TypeOf(wanted)
	case map[string]any:
		if !present {
			value, _, ok := mergeFields(map[string]any{}, wanted)
			return value, true, ok
		}
		if fields, ok := have.(map[string]any); ok && len(fields) > 0 {
			return mergeFields(fields, wanted)
		}
	}
	return nil, false, false
}
