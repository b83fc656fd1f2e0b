package overlay

import (
	"github.com/kyverno/kyverno/pkg/engine/wildcards"

	"podsec/engine/wildcard"
)

// expands says whether the document decides what a pattern is: wildcards in the keys of labels and annotations become
// keys of the document, and values there that are no text are dropped.
func expands(raw any) bool {
	switch raw := raw.(type) {
	case map[string]any:
		for key, value := range raw {
			if about, _ := AnchorKey(key); about == "metadata" && expandsMetadata(value) || expands(value) {
				return true
			}
		}
	case []any:
		for _, value := range raw {
			if expands(value) {
				return true
			}
		}
	}
	return false
}

func expandsMetadata(value any) bool {
	metadata, _ := value.(map[string]any)
	for key, value := range metadata {
		about, _ := AnchorKey(key)
		texts, ok := value.(map[string]any)
		if !ok || about != "labels" && about != "annotations" {
			continue
		}
		for key, value := range texts {
			if _, isText := value.(string); !isText || wildcard.In(key) {
				return true
			}
		}
	}
	return false
}

// expand puts the document's keys in place of wildcards in the metadata of a map, which is changed: where one map is
// compared with several elements, the later ones see what the first made of it, as in Kyverno.
func expand(raw, document map[string]any) map[string]any {
	return wildcards.ExpandInMetadata(raw, document)
}

// copyOf copies a JSON value.
func copyOf(raw any) any {
	switch raw := raw.(type) {
	case map[string]any:
		out := make(map[string]any, len(raw))
		for key, value := range raw {
			out[key] = copyOf(value)
		}
		return out
	case []any:
		out := make([]any, len(raw))
		for i, value := range raw {
			out[i] = copyOf(value)
		}
		return out
	}
	return raw
}
