package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"podsec/engine/overlay"
	"podsec/engine/why"
)

// ofDeny returns the candidates that keep a condition to deny from holding, and why there is none.
func ofDeny(object map[string]any, c why.Check) ([]candidate, []string) {
	if c.Allowed == "" {
		return nil, []string{c.Note}
	}
	cond, ok := readCondition(c)
	if !ok {
		return nil, []string{fmt.Sprintf("the condition cannot be read: %s", c.Allowed)}
	}
	var edits [][]edit
	if strings.Contains(c.Field, "{{") {
		edits = cond.ofExpression(c, object)
	} else if isPath(c.Field) {
		edits = cond.ofField(object, parsePath(c.Field))
	}
	var out []candidate
	for _, e := range edits {
		if len(e) > 0 && !slices.ContainsFunc(e, func(e edit) bool { return isImage(e.path) }) {
			out = append(out, candidate{edits: e})
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case isPath(c.Field):
		return nil, []string{fmt.Sprintf("%s must not be %s, and no better value is known", c.Field, c.Allowed)}
	}
	return nil, []string{fmt.Sprintf("the condition compares an expression, not a field: %s %s", c.Field, c.Allowed)}
}

func isPath(field string) bool {
	return field != "" && !strings.Contains(field, "{{") && field != "element" && !strings.HasPrefix(field, "element.")
}

// condition is a condition to deny.
type condition struct {
	operator string // in lower case
	against  any    // the value that the field is compared with
	reversed bool   // the value is compared with the field
}

// readCondition reads what the trace says of a condition: operator and value, or value and operator.
func readCondition(c why.Check) (condition, bool) {
	operator, text, _ := strings.Cut(c.Allowed, " ")
	if c.Reversed {
		at := strings.LastIndex(c.Allowed, " ")
		operator, text = c.Allowed[at+1:], c.Allowed[:max(at, 0)]
	}
	out := condition{operator: strings.ToLower(operator), reversed: c.Reversed}
	if text == "" {
		return out, true
	}
	return out, json.Unmarshal([]byte(text), &out.against) == nil
}

// values is what the field is compared with, as a list.
func (c condition) values() []any {
	if values, ok := c.against.([]any); ok {
		return values
	}
	return []any{c.against}
}

// ofField are the ways to escape a condition on one field.
func (c condition) ofField(object map[string]any, path []string) [][]edit {
	have, there := get(object, path)
	var out [][]edit
	if c.reversed {
		for _, e := range c.contain(have, path) {
			out = append(out, []edit{e})
		}
		return out
	}
	for _, e := range escapes(c.operator, c.against, have, path) {
		out = append(out, []edit{e})
	}
	if there && (strings.Contains(c.operator, "in") || strings.HasPrefix(c.operator, "equal")) {
		out = append(out, []edit{unset(path)})
	}
	return out
}

// contain are the ways to escape a condition that looks for values in the field: with them when it wants them there.
func (c condition) contain(have any, path []string) []edit {
	list, _ := have.([]any)
	switch c.operator {
	case "anynotin", "allnotin", "notin":
		return []edit{set(path, c.values()), set(path, append(slices.Clone(list), c.values()...))}
	case "anyin", "allin", "in":
		return filtered(list, path, func(v any) bool { return !slices.Contains(c.values(), v) })
	}
	return nil
}

// ofExpression removes every value that offends, of a condition that reads many fields.
func (c condition) ofExpression(check why.Check, object map[string]any) [][]edit {
	if c.reversed {
		return nil
	}
	offends := func(value any) bool {
		return slices.ContainsFunc(c.values(), func(v any) bool { return overlay.MatchValue(value, v) })
	}
	switch c.operator {
	case "anynotin", "allnotin", "notin":
		matches := offends
		offends = func(value any) bool { return !matches(value) }
	case "anyin", "allin", "in", "equals", "equal":
	default:
		return nil
	}
	var edits []edit
	for _, p := range slices.Backward(expand(check.Field, object, parsePath(check.Base))) { // the last elements first
		if !offends(p.value) {
			continue
		}
		e := unset(p.path)
		if p.key && slices.Contains(p.path, "volumes") {
			e = emptied(object, p.path)
		}
		edits = append(edits, e)
	}
	return [][]edit{edits}
}

// escapes are edits after which "have operator against" does not hold.
func escapes(operator string, against, have any, path []string) []edit {
	values, _ := against.([]any)
	if values == nil {
		values = []any{against}
	}
	list, isList := have.([]any)
	switch operator {
	case "equal", "equals":
		return differs(against, path)
	case "notequal", "notequals":
		return []edit{set(path, typedLike(against, path))}
	case "in", "anyin", "allin":
		if isList {
			return filtered(list, path, func(v any) bool { return !slices.Contains(values, v) })
		}
		return []edit{chosen(path)}
	case "notin", "anynotin", "allnotin":
		if isList {
			edits := filtered(list, path, func(v any) bool { return slices.Contains(values, v) })
			return append(edits, set(path, append(slices.Clone(list), whole(values[0]))))
		}
		return among(values, path)
	case "greaterthan", "durationgreaterthan", "lessthan", "durationlessthan":
		return []edit{set(path, typedLike(against, path))}
	case "greaterthanorequals":
		return shifted(against, path, -1)
	case "lessthanorequals":
		return shifted(against, path, +1)
	}
	return nil
}

// differs are other values than the one given.
func differs(from any, path []string) []edit {
	if b, ok := from.(bool); ok {
		return []edit{set(path, !b)}
	}
	return []edit{chosen(path)}
}

// chosen is a value that only a person knows.
func chosen(path []string) edit {
	e := set(path, Placeholder)
	e.choose = "choose " + joinPath(path)
	return e
}

// among sets one of the values that are allowed; those with wildcards are not values.
func among(values []any, path []string) []edit {
	var edits []edit
	for _, v := range values {
		if text, ok := v.(string); ok && hasWildcard(text) {
			continue
		}
		edits = append(edits, set(path, typedLike(v, path)))
	}
	return edits
}

// filtered keeps some elements of a list, or removes it when nothing is left.
func filtered(list []any, path []string, keep func(any) bool) []edit {
	var kept []any
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return []edit{unset(path), set(path, []any{})}
	}
	return []edit{set(path, kept)}
}

func shifted(limit any, path []string, by int64) []edit {
	if n, ok := whole(limit).(int64); ok {
		return []edit{set(path, n+by)}
	}
	if text, ok := limit.(string); ok {
		var edits []edit
		for _, v := range beyond(text, int(by), path) {
			e := set(path, v.value)
			if v.choose {
				e.choose = "choose " + joinPath(path)
			}
			edits = append(edits, e)
		}
		return edits
	}
	return nil
}

// typedLike is a value of a condition as the field has it.
func typedLike(v any, path []string) any {
	if text, ok := v.(string); ok {
		return typed(text, path)[0].value
	}
	return whole(v)
}
