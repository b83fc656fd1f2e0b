package overlay

import (
	"fmt"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
)

// Match compares a document with the pattern; nil is a match.
func (p *Pattern) Match(document any) *Failure {
	root := p.root
	if root == nil {
		root = later{copyOf(p.raw)}
	}
	m := &matcher{}
	failed := m.match(root, document, &place{})
	switch {
	case failed == nil:
		return nil
	case failed.skips():
		return &Failure{Text: failed.text, Skip: true}
	case !failed.negates() && m.keysAreMissing():
		return &Failure{Text: failed.text}
	}
	return &Failure{Text: failed.text, Path: failed.path}
}

// MatchValue says whether a single value, nil for an absent one, matches a single value of a pattern ("?*", ">=1",
// "a | b", true).
func MatchValue(found, pattern any) bool {
	return New(map[string]any{"value": pattern}).Match(map[string]any{"value": found}) == nil
}

// matcher compares one document.
type matcher struct {
	seen []seen
}

// track notes which conditions, existences and negations were met, and whether their keys were ever there.
func (m *matcher) track(o *object, document map[string]any) {
	for _, e := range o.tracked {
		_, present := document[e.key]
		if known := m.find(e); known != nil {
			known.present = known.present || present
		} else {
			m.seen = append(m.seen, seen{e.key, e.kind, present})
		}
	}
}

func (m *matcher) find(e *entry) *seen {
	for i := range m.seen {
		if m.seen[i].key == e.key && m.seen[i].kind == e.kind {
			return &m.seen[i]
		}
	}
	return nil
}

// keysAreMissing says whether an anchor was met whose key was nowhere.
func (m *matcher) keysAreMissing() bool {
	for _, s := range m.seen {
		if !s.present && s.kind != anchor.Negation {
			return true
		}
	}
	return false
}

func (m *matcher) match(want node, found any, at *place) *failure {
	switch want := want.(type) {
	case *value:
		return m.matchValue(want, found, at)
	case *object:
		document, ok := found.(map[string]any)
		if !ok {
			return m.different(want.raw, found, at)
		}
		m.track(want, document)
		return m.matchObject(want, document, at)
	case *list:
		documents, ok := found.([]any)
		if !ok {
			path := at.String()
			return &failure{text: fmt.Sprintf("validation rule failed at path %s, resource does not satisfy the expected overlay pattern", path), path: path}
		}
		return m.matchList(want, documents, at)
	case later:
		return m.matchLater(want, found, at)
	}
	path := at.String()
	return &failure{text: fmt.Sprintf("failed at '%s', pattern contains unknown type", path), path: path}
}

func (m *matcher) different(raw, found any, at *place) *failure {
	path := at.String()
	return &failure{path: path, text: fmt.Sprintf(
		"pattern and resource have different structures. Path: %s. Expected %T, found %T", path, raw, found)}
}

// matchLater reads one level of the pattern now. The anchors that count as met are those before wildcards were expanded.
func (m *matcher) matchLater(want later, found any, at *place) *failure {
	below := func(raw any) node { return later{raw} }
	raw, isMap := want.raw.(map[string]any)
	document, ok := found.(map[string]any)
	if !isMap || !ok {
		return m.match(readLevel(want.raw, below), found, at)
	}
	m.track(readObject(raw, below), document)
	return m.matchObject(readObject(expand(raw, document), below), document, at)
}

// matchValue compares a single value, or each of a list.
func (m *matcher) matchValue(want *value, found any, at *place) *failure {
	all, isList := found.([]any)
	if !isList {
		if want.matches(found) {
			return nil
		}
		return want.failure(found, at)
	}
	for _, one := range all {
		if !want.matches(one) {
			return want.failure(found, at)
		}
	}
	return nil
}

func (v *value) failure(found any, at *place) *failure {
	path := at.String()
	return &failure{text: fmt.Sprintf("resource value '%v' does not match '%v' at path %s", found, v.raw, path), path: path}
}

// matchObject compares the anchors of a map, then the rest. Anchors that say that the pattern does not apply count only
// when no other anchor was met, or when they stand in this very map.
func (m *matcher) matchObject(want *object, document map[string]any, at *place) *failure {
	var skips []*failure
	applied := 0
	for _, e := range want.anchors {
		failed := m.matchEntry(e, document, at)
		switch {
		case failed == nil:
			applied++
		case failed.skips():
			skips = append(skips, failed)
		case !decided(skips):
			return failed
		}
	}
	if len(skips) > 0 && (applied == 0 || decided(skips)) {
		return leaveOut(skips, at.String())
	}
	for _, e := range want.others {
		if failed := m.matchEntry(e, document, at); failed != nil {
			return failed
		}
	}
	return nil
}

func (m *matcher) matchList(want *list, documents []any, at *place) *failure {
	switch {
	case want.each != nil:
		return m.matchEach(documents, at, func(int) node { return want.each })
	case want.single != nil:
		return m.matchValue(want.single, documents, at)
	case len(want.elements) == 0:
		return &failure{text: "pattern Array empty", path: at.String()}
	case len(documents) < len(want.elements):
		return &failure{text: fmt.Sprintf(
			"validate Array failed, array length mismatch, resource Array len is %d and pattern Array len is %d", len(documents), len(want.elements))}
	}
	return m.matchEach(documents[:len(want.elements)], at, func(i int) node { return want.elements[i] })
}

// matchEach compares every element with its pattern. Elements to which it does not apply count only when it applies to
// none.
func (m *matcher) matchEach(documents []any, at *place, want func(i int) node) *failure {
	var skips []*failure
	for i, document := range documents {
		failed := m.match(want(i), document, &place{parent: at, index: i})
		if failed == nil {
			continue
		}
		if !failed.skips() {
			return failed
		}
		skips = append(skips, failed)
	}
	if len(skips) > 0 && len(skips) == len(documents) {
		return leaveOut(skips, at.String())
	}
	return nil
}
