package engine

import (
	"fmt"
	"strconv"
	"strings"

	"podsec/engine/overlay"
	"podsec/engine/wildcard"
)

// pattern is a validate pattern of a rule.
type pattern struct {
	value     any
	path      string // where it stands in the policy
	variables bool
	overlay   *overlay.Pattern // nil when there are variables to replace first
	// wrapper is the field below which generation moved the pattern as written ("spec.template"); empty for written rules.
	wrapper string
}

func newPattern(value any, path string) *pattern {
	if value == nil {
		return nil
	}
	p := &pattern{value: value, path: path, variables: hasVariables(value)}
	if !p.variables {
		p.overlay = overlay.New(value)
	}
	return p
}

// newPatterns reads anyPattern.
func newPatterns(value any, path string) ([]*pattern, error) {
	if value == nil {
		return nil, nil
	}
	values, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: want a list", path)
	}
	patterns := make([]*pattern, 0, len(values))
	for i, v := range values {
		p := newPattern(v, fmt.Sprintf("%s[%d]", path, i))
		if p == nil {
			p = &pattern{path: fmt.Sprintf("%s[%d]", path, i), overlay: overlay.New(nil)}
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

// resolved returns the pattern with its variables replaced by the scope's values.
func (p *pattern) resolved(s *scope) (*pattern, error) {
	if !p.variables {
		return p, nil
	}
	value, err := s.substitute(p.value)
	if err != nil {
		return nil, err
	}
	return &pattern{value: value, path: p.path, overlay: overlay.New(value), wrapper: p.wrapper}, nil
}

// match compares a resource with the pattern; nil is a match.
func (p *pattern) match(resource map[string]any) *overlay.Failure { return p.overlay.Match(resource) }

// step explains the outcome of a match in the trace.
func (p *pattern) step(resource map[string]any, failed *overlay.Failure) Step {
	if failed == nil {
		return Step{Phase: PhasePattern, OK: true, Clause: p.path, Note: "the resource matches the pattern"}
	}
	step := Step{
		Phase: PhasePattern, Clause: p.path, Note: failed.Text, Pattern: p.value,
	}
	parts := p.parts(pathParts(failed.Path), resource)
	step.Field = joinFields(parts)
	if failed.Path == "" {
		return step
	}
	if found, ok := lookup(resource, failed.Path); ok {
		step.Found = toJSON(found)
	}
	clause, wanted := p.at(parts)
	step.Clause, step.Wanted = p.written(clause), toJSON(wanted)
	return step
}

// parts joins the parts of a path that are one key with slashes: of the resource or, when it is missing there, of the
// pattern.
func (p *pattern) parts(parts []string, resource any) []string {
	var out []string
	wanted := p.value
	for len(parts) > 0 {
		n := max(keyLength(resource, parts), keyLength(wanted, parts), 1)
		key := strings.Join(parts[:n], "/")
		out, parts = append(out, key), parts[n:]
		resource, _ = descend(resource, []string{key})
		wanted = patternBelow(wanted, key)
	}
	return out
}

// keyLength is how many parts make up the longest key of a map that a path starts with, 0 for none.
func keyLength(document any, parts []string) int {
	object, _ := document.(map[string]any)
	for n := len(parts); n > 0; n-- {
		key := strings.Join(parts[:n], "/")
		for have := range object {
			if plain, _ := overlay.AnchorKey(have); plain == key {
				return n
			}
		}
	}
	return 0
}

// patternBelow is the part of a pattern that judges what is under a key or index.
func patternBelow(pattern any, key string) any {
	switch pattern := pattern.(type) {
	case map[string]any:
		_, value, _ := patternChild(pattern, key)
		return value
	case []any:
		if len(pattern) > 0 {
			return pattern[0]
		}
	}
	return nil
}

// written turns a place in the pattern into one in the policy as its author wrote it.
func (p *pattern) written(clause string) string {
	if p.wrapper == "" {
		return clause
	}
	rest := strings.TrimPrefix(clause, p.path)
	inner, ok := strings.CutPrefix(rest, "."+p.wrapper)
	if !ok {
		return p.path
	}
	return p.path + inner
}

// at returns the place and the value of the pattern that judged the field at a path of the resource.
func (p *pattern) at(parts []string) (clause string, wanted any) {
	clause, wanted = p.path, p.value
	for _, part := range parts {
		switch typed := wanted.(type) {
		case map[string]any:
			key, value, ok := patternChild(typed, part)
			if !ok {
				return clause, wanted
			}
			wanted, clause = value, clause+"."+key
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || len(typed) == 0 {
				return clause, wanted
			}
			// A pattern's list of maps has one element for all of the resource's.
			if index >= len(typed) {
				index = 0
			}
			if _, isMap := typed[0].(map[string]any); isMap {
				index = 0
			}
			wanted, clause = typed[index], fmt.Sprintf("%s[%d]", clause, index)
		default:
			return clause, wanted
		}
	}
	return clause, wanted
}

// patternChild finds the key of a pattern that is about a field: the key itself, an anchor around it, or a wildcard.
func patternChild(pattern map[string]any, field string) (key string, value any, ok bool) {
	if value, ok := pattern[field]; ok {
		return field, value, true
	}
	for key, value := range pattern {
		if plain, _ := overlay.AnchorKey(key); wildcard.Match(plain, field) {
			return key, value, true
		}
	}
	return "", nil, false
}
