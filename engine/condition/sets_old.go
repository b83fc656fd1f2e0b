package condition

import (
	"encoding/json"
	"slices"

	"podsec/engine/wildcard"
)

// In and NotIn are deprecated and differ from AllIn and AnyNotIn: a list of keys is compared without wildcards, a text
// as value must be a JSON list, and NotIn holds when any key is missing.

func in(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneInOld(one, value); return ok && found },
		func(keys []string) bool {
			members, only, ok := membersOld(keys, value)
			return ok && (only || !missing(keys, members))
		})
}

func notIn(key, value any) bool {
	return onKeys(key, func(one string) bool { found, ok := oneInOld(one, value); return ok && !found },
		func(keys []string) bool {
			members, only, ok := membersOld(keys, value)
			return ok && (only || missing(keys, members))
		})
}

func oneInOld(key string, value any) (found, ok bool) {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(texts(value), func(v string) bool { return alike(v, key) }), true
	case string:
		if wildcard.Match(value, key) {
			return true, true
		}
		var members []string
		err := json.Unmarshal([]byte(value), &members)
		return slices.Contains(members, key), err == nil
	}
	return false, false
}

// membersOld returns the members of a value; only says that the value is the single key itself, for which both
// operators hold.
func membersOld(keys []string, value any) (members []string, only, ok bool) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			text, isText := v.(string)
			if !isText {
				return nil, false, false
			}
			members = append(members, text)
		}
		return members, false, true
	case string:
		if len(keys) == 1 && keys[0] == value {
			return nil, true, true
		}
		return members, false, json.Unmarshal([]byte(value), &members) == nil
	}
	return nil, false, false
}

func missing(keys, members []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(members, k) })
}
