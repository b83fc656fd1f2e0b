// Package overlay compares documents with the patterns of validate rules: anchors, operators, ranges and wildcards. It
// decides as Kyverno 1.19 does (its package pkg/engine/validate, with which it is fuzzed side by side), but reads a
// pattern only once and takes no more time for hostile wildcards than for others.
package overlay

import (
	"maps"
	"slices"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
)

// Pattern is a pattern that was read. It never changes and may be used by many at once.
type Pattern struct {
	raw  any
	root node // nil when it depends on the document what the pattern is
}

// New reads a pattern: a JSON value, which must not be changed any more.
func New(raw any) *Pattern {
	p := &Pattern{raw: raw}
	if !expands(raw) {
		p.root = read(raw)
	}
	return p
}

// node is a part of a pattern: *object, *list, *value, later or strange.
type node any

// later is a part that is read when something is compared with it.
type later struct{ raw any }

// strange is a part whose type no JSON value has.
type strange struct{}

// object is a map of a pattern.
type object struct {
	raw     map[string]any
	tracked []*entry // conditions, existences and negations: whether their keys were there decides how a failure is told
	anchors []*entry // conditions, existences, negations and equalities, which are compared first
	others  []*entry
	// anchored says that an anchor is in it, at whatever depth.
	anchored bool
}

// entry is a key of a map with its pattern.
type entry struct {
	key    string // without its anchor
	anchor bool
	kind   anchor.AnchorType
	raw    any
	want   node
	exists []node // of an existence anchor: each must be met by one element; nil in it is no map
}

// list is a list of a pattern: its first element decides what it means.
type list struct {
	each     node   // one map for every element
	single   *value // one value for every element
	elements []node // one pattern for each element
	anchored bool
}

// read reads a part of a pattern with all that is below it.
func read(raw any) node { return readLevel(raw, read) }

// readLevel reads a part of a pattern; below reads what is below it.
func readLevel(raw any, below func(any) node) node {
	switch typed := raw.(type) {
	case map[string]any:
		return readObject(typed, below)
	case []any:
		return readList(typed, below)
	case string, float64, int, int64, bool, nil:
		return newValue(raw)
	}
	return strange{}
}

// readObject sorts the keys of a map into the order in which they are compared: anchors, then keys with anchors below
// them (from the last to the first) and global anchors, then the rest.
func readObject(raw map[string]any, below func(any) node) *object {
	o := &object{raw: raw}
	var first, last []*entry
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		e := newEntry(key, raw[key], below)
		inner := anchoredNode(e)
		o.anchored = o.anchored || e.anchor || inner
		switch {
		case e.anchor && e.kind != anchor.Global:
			o.anchors = append(o.anchors, e)
			if e.kind != anchor.Equality {
				o.tracked = append(o.tracked, e)
			}
		case e.anchor || inner:
			first = append(first, e)
		default:
			last = append(last, e)
		}
	}
	slices.Reverse(first)
	o.others = append(first, last...)
	return o
}

func newEntry(key string, raw any, below func(any) node) *entry {
	e := &entry{raw: raw}
	e.kind, e.key, e.anchor = parseAnchor(key)
	if !e.anchor || e.kind != anchor.Existence {
		e.want = below(raw)
		return e
	}
	elements, _ := raw.([]any)
	for _, element := range elements {
		if _, ok := element.(map[string]any); ok {
			e.exists = append(e.exists, below(element))
		} else {
			e.exists = append(e.exists, nil)
		}
	}
	return e
}

func readList(raw []any, below func(any) node) *list {
	l := &list{}
	if len(raw) == 0 {
		return l
	}
	// Of the elements that mean nothing only this is of interest.
	l.anchored = slices.ContainsFunc(raw[1:], hasAnchors)
	switch first := raw[0].(type) {
	case map[string]any:
		l.each = below(first)
		l.anchored = l.anchored || anchored(l.each)
	case string, float64, int, int64, bool, nil:
		l.single = newValue(first)
	default:
		for _, element := range raw {
			l.elements = append(l.elements, below(element))
			l.anchored = l.anchored || anchored(l.elements[len(l.elements)-1])
		}
	}
	return l
}

// anchoredNode says whether there is an anchor below a key.
func anchoredNode(e *entry) bool {
	if e.want == nil { // an existence anchor
		return hasAnchors(e.raw)
	}
	return anchored(e.want)
}

// anchored says whether a part has an anchor, without looking through it again where it was read.
func anchored(n node) bool {
	switch n := n.(type) {
	case *object:
		return n.anchored
	case *list:
		return n.anchored
	case later:
		return hasAnchors(n.raw)
	}
	return false
}
