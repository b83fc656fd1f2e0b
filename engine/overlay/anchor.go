package overlay

import "github.com/kyverno/kyverno/pkg/engine/anchor"

// AnchorKey returns the key inside an anchor ("(name)" gives name), and whether key was one.
func AnchorKey(key string) (string, bool) {
	if a := anchor.Parse(key); a != nil {
		return a.Key(), true
	}
	return key, false
}

// parseAnchor returns what kind of anchor a key is, and the key that it is about. A key to add when it is not there means
// nothing in a pattern: it is a key like any other.
func parseAnchor(key string) (kind anchor.AnchorType, about string, isAnchor bool) {
	a := anchor.Parse(key)
	if a == nil || anchor.IsAddIfNotPresent(a) {
		return "", key, false
	}
	return a.Type(), a.Key(), true
}

// hasAnchors says whether a map of the document has an anchor.
func hasAnchors(document any) bool {
	switch document := document.(type) {
	case map[string]any:
		for key, value := range document {
			if _, _, ok := parseAnchor(key); ok || hasAnchors(value) {
				return true
			}
		}
	case []any:
		for _, value := range document {
			if hasAnchors(value) {
				return true
			}
		}
	}
	return false
}
