package condition

import (
	"cmp"
	"strconv"
	"time"

	"github.com/blang/semver/v4"

	"podsec/engine/quantity"
)

// ordered says whether an order (-1, 0, 1) satisfies an operator.
func ordered(operator string, order int) bool {
	switch operator {
	case "GreaterThan":
		return order > 0
	case "GreaterThanOrEquals":
		return order >= 0
	case "LessThan":
		return order < 0
	case "LessThanOrEquals":
		return order <= 0
	}
	return false
}

// compare makes the test of an operator on numbers, durations, quantities and versions.
func compare(operator string) test {
	return func(key, value any) bool {
		order, ok := orderOf(key, value)
		return ok && ordered(operator, order)
	}
}

// orderOf compares by the type of the key: a number with a number, a duration or its text; a text as duration, quantity,
// number or semantic version, whichever both sides are first.
func orderOf(key, value any) (int, bool) {
	text, ok := key.(string)
	if !ok {
		number, ok := toFloat(key)
		if !ok {
			return 0, false
		}
		return orderNumber(number, key, value)
	}
	if a, b, ok := durations(key, value); ok {
		return cmp.Compare(a, b), true
	}
	if order, ok := orderQuantities(text, value); ok {
		return order, true
	}
	if number, err := strconv.ParseFloat(text, 64); err == nil {
		return orderNumber(number, number, value)
	}
	return orderVersions(text, value)
}

func orderNumber(number float64, key, value any) (int, bool) {
	if other, ok := toFloat(value); ok {
		return cmp.Compare(number, other), true
	}
	text, ok := value.(string)
	if !ok {
		return 0, false
	}
	if a, b, ok := durations(key, value); ok {
		return cmp.Compare(a, b), true
	}
	other, err := strconv.ParseFloat(text, 64)
	return cmp.Compare(number, other), err == nil
}

func orderQuantities(key string, value any) (int, bool) {
	text, ok := value.(string)
	if !ok {
		return 0, false
	}
	a, err := quantity.Parse(key)
	if err != nil {
		return 0, false
	}
	b, err := quantity.Parse(text)
	return a.Cmp(b), err == nil
}

func orderVersions(key string, value any) (int, bool) {
	text, ok := value.(string)
	if !ok {
		return 0, false
	}
	a, err := semver.Parse(key)
	if err != nil {
		return 0, false
	}
	b, err := semver.Parse(text)
	return a.Compare(b), err == nil
}

// compareDurations makes the test of one of the older Duration operators, which take every number as seconds.
func compareDurations(operator string) test {
	return func(key, value any) bool {
		a, ok := toDuration(key)
		if !ok {
			return false
		}
		b, ok := toDuration(value)
		return ok && ordered(operator, cmp.Compare(a, b))
	}
}

func toDuration(v any) (time.Duration, bool) {
	if text, ok := v.(string); ok {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	return seconds(v)
}

// seconds takes a number as whole seconds.
func seconds(v any) (time.Duration, bool) {
	number, ok := toFloat(v)
	return time.Duration(number) * time.Second, ok
}

// durations reads two values as durations: at least one must be the text of one ("0" is none), the other may be a
// number of seconds.
func durations(key, value any) (a, b time.Duration, ok bool) {
	a, aIs := durationText(key)
	b, bIs := durationText(value)
	if !aIs && !bIs {
		return 0, 0, false
	}
	if !aIs {
		a, aIs = seconds(key)
	}
	if !bIs {
		b, bIs = seconds(value)
	}
	return a, b, aIs && bIs
}

func durationText(v any) (time.Duration, bool) {
	text, ok := v.(string)
	if !ok || text == "0" {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
