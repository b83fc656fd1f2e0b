package overlay

import (
	"fmt"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
)

// matchEntry compares what a map has under a key of the pattern.
func (m *matcher) matchEntry(e *entry, document map[string]any, at *place) *failure {
	found, present := document[e.key]
	here := &place{parent: at, key: e.key, index: -1}
	if !e.anchor {
		return m.matchKey(e, found, here)
	}
	if !present {
		if e.kind == anchor.Condition {
			return &failure{conditionalText + ": conditional anchor key doesn't exist in the resource", here.String(), conditionalAnchor}
		}
		return nil
	}
	switch e.kind {
	case anchor.Negation:
		path := here.String()
		return &failure{negationText + ": " + path + " is not allowed", path, negationAnchor}
	case anchor.Existence:
		return m.matchExistence(e, found, here)
	}
	failed := m.match(e.want, found, here)
	if failed == nil {
		return nil
	}
	switch e.kind {
	case anchor.Condition:
		return &failure{conditionalText + ": " + failed.text, failed.path, conditionalAnchor}
	case anchor.Global:
		return &failure{globalText + ": " + failed.text, failed.path, globalAnchor}
	}
	return failed
}

// matchKey compares a key without an anchor. "*" wants it to be there, whatever it is.
func (m *matcher) matchKey(e *entry, found any, here *place) *failure {
	if e.raw != "*" {
		return m.match(e.want, found, here)
	}
	if found != nil {
		return nil
	}
	path := here.parent.String()
	return &failure{text: fmt.Sprintf("%s/%s not found", path, e.key), path: path}
}

// matchExistence compares a list of which some element must meet each element of the pattern.
func (m *matcher) matchExistence(e *entry, found any, here *place) *failure {
	documents, ok := found.([]any)
	if !ok {
		return &failure{path: here.String(), text: fmt.Sprintf(
			"invalid resource type %T: Existence ^ () anchor can be used only on list/array type resource", found)}
	}
	if _, ok := e.raw.([]any); !ok {
		return &failure{path: here.String(), text: fmt.Sprintf(
			"invalid pattern type %T: Pattern has to be of list to compare against resource", e.raw)}
	}
	for _, want := range e.exists {
		if want == nil {
			return &failure{path: here.String(), text: fmt.Sprintf(
				"invalid pattern type %T: Pattern has to be of type map to compare against items in resource", e.raw)}
		}
		if !m.exists(want, documents, here) {
			path := here.String()
			return &failure{text: "existence anchor validation failed at path " + path, path: path}
		}
	}
	return nil
}

func (m *matcher) exists(want node, documents []any, here *place) bool {
	for i, document := range documents {
		if m.match(want, document, &place{parent: here, index: i}) == nil {
			return true
		}
	}
	return false
}
