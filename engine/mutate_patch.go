package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/overlay"
)

// errEmptyMutate is the text for a block that holds no patch.
var errEmptyMutate = errors.New("empty mutate rule")

// patchObject applies a strategic merge patch, or else a JSON patch, to a copy of the object.
func patchObject(object *unstructured.Unstructured, merge any, jsonPatches string) (*unstructured.Unstructured, verdict) {
	if merge == nil && jsonPatches == "" {
		return nil, *broken(errEmptyMutate.Error(), nil)
	}
	if plain := plainMerge(object, merge); plain != nil {
		return plain, *passed("resource patched")
	}
	data, err := object.MarshalJSON()
	if err != nil {
		return nil, *broken("failed to marshal resource", err)
	}
	var patched []byte
	if merge != nil {
		if list := ambiguousList(merge, ""); list != "" {
			return nil, *broken("failed to patch resource", fmt.Errorf("%s: %w", list, errAmbiguous))
		}
		patched, err = safeMergePatch(data, merge)
	} else {
		patched, err = jsonPatch(data, jsonPatches)
	}
	if err != nil {
		return nil, *broken("failed to patch resource", err)
	}
	if strings.TrimSpace(string(data)) == strings.TrimSpace(string(patched)) {
		return nil, *skipped("no patches applied")
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(patched); err != nil {
		return nil, *broken("failed to unmarshal patched resource", err)
	}
	return out, *passed("resource patched")
}

// errAmbiguous is what is wrong with a list that Kyverno merges wrongly.
var errAmbiguous = errors.New("only one element of a list may have anchors, Kyverno merges more of them wrongly")

// ambiguousList returns the place of the first list in a patch with more than one element with anchors, "" when there
// is none. Kyverno removes elements by indexes that the first removal made stale: it drops elements of the resource, or
// panics, which the client sees as an internal error of the webhook.
func ambiguousList(patch any, path string) string {
	switch patch := patch.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(patch)) {
			plain, _ := overlay.AnchorKey(key)
			if found := ambiguousList(patch[key], strings.TrimPrefix(path+"."+plain, ".")); found != "" {
				return found
			}
		}
	case []any:
		anchored := 0
		for i, element := range patch {
			if hasAnchors(element) {
				anchored++
			}
			if found := ambiguousList(element, fmt.Sprintf("%s[%d]", path, i)); found != "" {
				return found
			}
		}
		if anchored > 1 {
			return path
		}
	}
	return ""
}

// hasAnchors says whether any key of a patch is in an anchor.
func hasAnchors(patch any) bool {
	switch patch := patch.(type) {
	case map[string]any:
		for key, value := range patch {
			if _, ok := overlay.AnchorKey(key); ok || hasAnchors(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(patch, hasAnchors)
	}
	return false
}

// safeMergePatch merges, and turns what else makes the library panic into an error.
func safeMergePatch(data []byte, merge any) (patched []byte, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("the patch cannot be merged: %v", panicked)
		}
	}()
	return mergePatch(data, merge)
}
