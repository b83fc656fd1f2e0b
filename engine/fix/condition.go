package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"podsec/engine/why"
)

// ofDeny returns the candidates that keep a condition to deny from holding, and why there is none.
func ofDeny(object map[string]any, c why.Check) ([]candidate, []string) {
	if c.Field == "" || strings.Contains(c.Field, "{{") || strings.HasPrefix(c.Field, "element") {
		return nil, []string{fmt.Sprintf("the condition compares an expression, not a field: %s %s", c.Field, c.Allowed)}
	}
	operator, text, _ := strings.Cut(c.Allowed, " ")
	var against any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &against); err != nil {
			return nil, []string{fmt.Sprintf("the condition cannot be read: %s", c.Allowed)}
		}
	}
	path := parsePath(c.Field)
	have, there := get(object, path)
	edits := escapes(strings.ToLower(operator), against, have, path)
	if there && strings.Contains(strings.ToLower(operator), "in") || there && strings.HasPrefix(strings.ToLower(operator), "equal") {
		edits = append(edits, unset(path))
	}
	var out []candidate
	for _, e := range edits {
		if isImage(path) {
			continue
		}
		out = append(out, one(e))
	}
	if len(out) == 0 {
		return nil, []string{fmt.Sprintf("%s must not be %s, and no better value is known", c.Field, c.Allowed)}
	}
	return out, nil
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
