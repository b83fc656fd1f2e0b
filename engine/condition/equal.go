package condition

import (
	"math"
	"reflect"
	"strconv"

	"podsec/engine/quantity"
	"podsec/engine/wildcard"
)

// verdict is the outcome of a comparison: values of types that cannot be compared are neither equal nor different to
// every operator, so it has three values.
type verdict int

const (
	incomparable verdict = iota
	same
	different
)

func decide(equal bool) verdict {
	if equal {
		return same
	}
	return different
}

func equal(key, value any) bool { return judge(key, value) == same }

// notEqual holds for values that cannot be compared, but never for a key of a type that Kyverno does not know (null).
func notEqual(key, value any) bool {
	if key == nil {
		return false
	}
	if text, ok := key.(string); ok && value == "" {
		return !wildcard.Match("", text)
	}
	return judge(key, value) != same
}

// judge compares by the type of the key.
func judge(key, value any) verdict {
	switch key := key.(type) {
	case bool:
		if value, ok := value.(bool); ok {
			return decide(key == value)
		}
	case int:
		return judgeNumber(float64(key), value, true)
	case int64:
		return judgeNumber(float64(key), value, true)
	case float64:
		return judgeNumber(key, value, false)
	case string:
		return judgeString(key, value)
	case map[string]any:
		if value, ok := value.(map[string]any); ok {
			return decide(reflect.DeepEqual(key, value))
		}
	case []any:
		if value, ok := value.([]any); ok {
			return decide(reflect.DeepEqual(key, value))
		}
	}
	return incomparable
}

// judgeNumber compares a number with a number or with the text of one; an integer's text must be an integer.
func judgeNumber(key float64, value any, integer bool) verdict {
	text, ok := value.(string)
	if !ok {
		number, ok := toFloat(value)
		if !ok || integer && number != math.Trunc(number) {
			return incomparable
		}
		return decide(key == number)
	}
	if integer {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return incomparable
		}
		return decide(int64(key) == number)
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return incomparable
	}
	return decide(key == number)
}

// judgeString compares durations first, then quantities, then text, in which the value may hold wildcards.
func judgeString(key string, value any) verdict {
	if a, b, ok := durations(key, value); ok {
		return decide(a == b)
	}
	text, ok := value.(string)
	if !ok {
		return incomparable
	}
	if parsed, err := quantity.Parse(key); err == nil {
		other, err := quantity.Parse(text)
		if err != nil {
			return incomparable
		}
		return decide(parsed.Equal(other))
	}
	return decide(wildcard.Match(text, key))
}

// toFloat returns a JSON number.
func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
