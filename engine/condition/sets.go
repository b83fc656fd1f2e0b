package condition

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kyverno/kyverno/pkg/engine/operator"

	"podsec/engine/overlay"
	"podsec/engine/wildcard"
)

// The set operators take a key that is one value or a list, and a value that is a list, one text, a text with a JSON
// list, or a range ("1-10"). Both sides may hold wildcards.

func anyIn(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneIn(one, value); return ok && found },
		func(keys []string) bool { found, ok := listIn(keys, value, someIn, true); return ok && found })
}

func allIn(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneIn(one, value); return ok && found },
		func(keys []string) bool { found, ok := listIn(keys, value, everyIn, false); return ok && found })
}

func anyNotIn(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneIn(one, value); return ok && !found },
		func(keys []string) bool { found, ok := listIn(keys, value, someOut, true); return ok && found })
}

func allNotIn(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneIn(one, value); return ok && !found },
		func(keys []string) bool { found, ok := listIn(keys, value, noneIn, false); return ok && found })
}

// onKeys calls one for a single key, many for a list; other keys do not hold.
func onKeys(key any, one func(string) bool, many func([]string) bool) bool {
	switch key := key.(type) {
	case string:
		return one(key)
	case int, int32, int64, float32, float64, bool:
		return one(fmt.Sprint(key))
	case []any:
		return many(texts(key))
	}
	return false
}

func texts(values []any) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

func alike(a, b string) bool { return wildcard.Match(a, b) || wildcard.Match(b, a) }

// oneIn says whether a key is in the value; false for ok when the value is of no usable type.
func oneIn(key string, value any) (found, ok bool) {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(texts(value), func(v string) bool { return alike(v, key) }), true
	case string:
		if wildcard.Match(value, key) {
			return true, true
		}
		if isRange(value) {
			return inRange(key, value), true
		}
		members, ok := jsonList(value)
		return slices.Contains(members, key), ok
	}
	return false, false
}

// membership compares the keys with the members of the value.
type membership struct {
	test    func(keys, members []string) bool
	inRange func(keys []string, span string) bool
	negated bool
}

var (
	someIn = membership{
		test: func(keys, members []string) bool {
			return slices.ContainsFunc(keys, func(k string) bool { return member(k, members) })
		},
		inRange: func(keys []string, span string) bool {
			return slices.ContainsFunc(keys, func(k string) bool { return inRange(k, span) })
		},
	}
	everyIn = membership{
		test: func(keys, members []string) bool {
			return !slices.ContainsFunc(keys, func(k string) bool { return !member(k, members) })
		},
		inRange: func(keys []string, span string) bool {
			return !slices.ContainsFunc(keys, func(k string) bool { return !inRange(k, span) })
		},
	}
	someOut = membership{
		test: func(keys, members []string) bool {
			return slices.ContainsFunc(keys, func(k string) bool { return !member(k, members) })
		},
		inRange: func(keys []string, span string) bool {
			outside := strings.Replace(span, "-", "!-", 1)
			return slices.ContainsFunc(keys, func(k string) bool { return inRange(k, outside) })
		},
		negated: true,
	}
	noneIn = membership{
		test: func(keys, members []string) bool {
			return !slices.ContainsFunc(keys, func(k string) bool { return member(k, members) })
		},
		inRange: func(keys []string, span string) bool {
			return !slices.ContainsFunc(keys, func(k string) bool { return inRange(k, span) })
		},
		negated: true,
	}
)

func member(key string, members []string) bool {
	return slices.ContainsFunc(members, func(m string) bool { return alike(key, m) })
}

// listIn compares a list of keys with a value. The Any operators also take a single number or boolean as value.
func listIn(keys []string, value any, m membership, scalars bool) (holds, ok bool) {
	switch value := value.(type) {
	case []any:
		return m.test(keys, texts(value)), true
	case int, int32, int64, float32, float64, bool:
		return scalars && m.test(keys, []string{fmt.Sprint(value)}), scalars
	case string:
		if len(keys) == 1 && keys[0] == value {
			return !m.negated, true
		}
		if isRange(value) {
			return m.inRange(keys, value), true
		}
		members, ok := jsonList(value)
		return ok && m.test(keys, members), ok
	}
	return false, false
}

func isRange(value string) bool {
	return operator.GetOperatorFromStringPattern(value) == operator.InRange
}

func inRange(key, span string) bool { return overlay.MatchValue(key, span) }

// jsonList reads a text with a JSON list of texts; a text that is no JSON is a list of itself.
func jsonList(value string) ([]string, bool) {
	if !json.Valid([]byte(value)) {
		return []string{value}, true
	}
	var members []string
	return members, json.Unmarshal([]byte(value), &members) == nil
}
