package overlay

import (
	"maps"
	"slices"

	"github.com/kyverno/kyverno/pkg/engine/anchor"

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
	_, metadata := lookup(raw, "metadata")
	have, _ := document["metadata"].(map[string]any)
	for _, field := range []string{"labels", "annotations"} {
		key, wanted := lookup(metadata, field)
		_, found := lookup(have, field)
		if wanted != nil && found != nil {
			metadata[key] = expandKeys(wanted, found)
		}
	}
	return raw
}

// lookup returns the map under a key, in an anchor or not, and the key as it is written; nil when there is none.
func lookup(raw map[string]any, about string) (key string, value map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if plain, _ := AnchorKey(key); key == about || plain == about {
			value, _ := raw[key].(map[string]any)
			return key, value
		}
	}
	return "", nil
}

// expandKeys returns the texts of a map with the first key of the document that matches in place of each with wildcards.
func expandKeys(wanted, found map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range wanted {
		if _, ok := value.(string); !ok {
			continue
		}
		a := anchor.Parse(key)
		switch {
		case !wildcard.In(key):
		case a != nil:
			key = anchor.String(a.Type(), matchingKey(a.Key(), found))
		default:
			key = matchingKey(key, found)
		}
		out[key] = value
	}
	return out
}

func matchingKey(pattern string, found map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if _, ok := found[key].(string); ok && wildcard.Match(pattern, key) {
			return key
		}
	}
	return pattern
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
