package fix

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"podsec/engine/overlay"
	"podsec/engine/why"
)

// variants is how many ways of meeting a pattern are tried where it leaves a choice ("a | b").
const variants = 3

// ofPattern returns the candidates that make what a pattern was compared with match it, and why there is none.
func ofPattern(object map[string]any, c why.Check) ([]candidate, []string) {
	base := parsePath(c.Base)
	have, _ := get(object, base)
	var out []candidate
	var reasons []string
	for variant := range variants {
		m := &matcher{variant: variant}
		m.match(c.Pattern, have, have != nil, base)
		if len(m.reasons) == 0 && len(m.edits) > 0 {
			out = append(out, candidate{edits: m.edits})
		}
		reasons = append(reasons, m.reasons...)
	}
	return out, reasons
}

// matcher collects the edits that make a resource match a pattern. It need not be exact: every candidate is judged
// before it is proposed, and edits that are not needed are taken back.
type matcher struct {
	variant int
	edits   []edit
	reasons []string // why something cannot be met
}

// keyRE takes a key of a pattern apart: the anchor's sign and the key.
var keyRE = regexp.MustCompile(`^([+=^X<]?)\((.+)\)$`)

func (m *matcher) match(pattern, have any, there bool, path []string) {
	switch pattern := pattern.(type) {
	case map[string]any:
		m.matchObject(pattern, have, path)
	case []any:
		m.matchList(pattern, have, path)
	case nil:
		if there {
			m.edits = append(m.edits, unset(path))
		}
	default:
		m.matchValue(pattern, have, there, path)
	}
}

func (m *matcher) matchObject(pattern map[string]any, have any, path []string) {
	object, _ := have.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(pattern)) {
		sign, name := "", key
		if found := keyRE.FindStringSubmatch(key); found != nil {
			sign, name = found[1], found[2]
			if sign == "" {
				sign = "()"
			}
		}
		switch sign {
		case "()", "<", "+": // conditions: they are not to be changed
		case "X":
			m.each(name, object, path, func(_ any, at []string) { m.edits = append(m.edits, unset(at)) })
		case "=":
			m.each(name, object, path, func(value any, at []string) { m.match(pattern[key], value, true, at) })
		case "^":
			m.matchOne(pattern[key], object[name], append(slices.Clone(path), name))
		default:
			m.matchKey(name, pattern[key], object, path)
		}
	}
}

// each visits the fields whose names match one that may hold wildcards.
func (m *matcher) each(name string, object map[string]any, path []string, visit func(value any, at []string)) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == name || hasWildcard(name) && overlay.MatchValue(key, name) {
			visit(object[key], append(slices.Clone(path), key))
		}
	}
}

// matchKey meets the pattern of a key that may hold wildcards.
func (m *matcher) matchKey(name string, pattern any, object map[string]any, path []string) {
	if value, there := object[name]; there || !hasWildcard(name) {
		m.match(pattern, value, there, append(slices.Clone(path), name))
		return
	}
	for key, value := range object {
		if overlay.MatchValue(key, name) {
			m.match(pattern, value, true, append(slices.Clone(path), key))
			return
		}
	}
	m.reasons = append(m.reasons, fmt.Sprintf("%s needs a key like %q, which only you can choose", orRoot(path), name))
}

// matchOne meets an existence anchor: one element is enough.
func (m *matcher) matchOne(pattern, have any, path []string) {
	patterns, _ := pattern.([]any)
	if list, _ := have.([]any); len(list) > 0 && len(patterns) > 0 {
		i := m.variant % len(list)
		m.match(patterns[0], list[i], true, append(slices.Clone(path), strconv.Itoa(i)))
	}
}

// matchList meets the pattern of a list, whose one element stands for all of the resource's.
func (m *matcher) matchList(pattern []any, have any, path []string) {
	list, _ := have.([]any)
	if len(pattern) == 0 {
		return
	}
	for i, value := range list {
		p := pattern[0]
		if _, isObject := p.(map[string]any); !isObject && i < len(pattern) {
			p = pattern[i]
		}
		m.match(p, value, true, append(slices.Clone(path), strconv.Itoa(i)))
	}
	if len(list) > 0 {
		return
	}
	for i, p := range pattern {
		m.match(p, nil, false, append(slices.Clone(path), strconv.Itoa(i)))
	}
}

// matchValue meets a single value of a pattern, unless it is met already.
func (m *matcher) matchValue(pattern, have any, there bool, path []string) {
	if there && overlay.MatchValue(have, pattern) {
		return
	}
	e, reason := solve(pattern, have, path, m.variant)
	if reason != "" {
		m.reasons = append(m.reasons, reason)
		return
	}
	m.edits = append(m.edits, e)
}

func orRoot(path []string) string {
	if len(path) == 0 {
		return "the resource"
	}
	return joinPath(path)
}
