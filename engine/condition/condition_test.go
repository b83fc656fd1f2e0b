package condition_test

import (
	"fmt"
	"testing"

	"podsec/engine/condition"
)

// TestEvaluate lists, per operator, which pairs of key and value hold.
func TestEvaluate(t *testing.T) {
	list := func(values ...any) []any { return values }
	tests := []struct {
		operator   string
		key, value any
		want       bool
	}{
		{"Equals", "a", "a", true},
		{"equals", "a", "a", true},
		{"Equal", "abc", "a*", true},
		{"Equals", "a*", "abc", false}, // only the value may hold wildcards
		{"Equals", "1h", "60m", true},
		{"Equals", "1h", 3600.0, true},
		{"Equals", 60.0, "1m", false}, // durations are only tried for a key that is text
		{"Equals", "1Gi", "1024Mi", true},
		{"Equals", "1Gi", "big", false},
		{"Equals", 1.0, 1.0, true},
		{"Equals", 1.0, "1", true},
		{"Equals", 1.0, "one", false},
		{"Equals", int64(1), 1.5, false},
		{"Equals", int64(2), "2", true},
		{"Equals", int64(2), "2.0", false},
		{"Equals", true, true, true},
		{"Equals", true, "true", false},
		{"Equals", map[string]any{"a": 1.0}, map[string]any{"a": 1.0}, true},
		{"Equals", list("a"), list("a"), true},
		{"Equals", list("a"), list("b"), false},
		{"Equals", nil, nil, false},
		{"Equals", "", "", true},
		{"NotEquals", "a", "b", true},
		{"NotEqual", "a", "a", false},
		{"NotEquals", "1Gi", "big", true}, // what cannot be compared differs
		{"NotEquals", "5", "", true},
		{"NotEquals", true, "true", true},
		{"NotEquals", nil, "a", false},
		{"NotEquals", list("a"), "a", true},

		{"GreaterThan", 2.0, 1.0, true},
		{"GreaterThan", 1.0, 1.0, false},
		{"GreaterThanOrEquals", 1.0, 1.0, true},
		{"LessThan", 1.0, "2", true},
		{"LessThanOrEquals", "2", 2.0, true},
		{"LessThan", "100Mi", "1Gi", true},
		{"GreaterThan", "2h", "90m", true},
		{"GreaterThan", 7200.0, "90m", true},
		{"LessThan", "1.2.3", "1.10.0", true},
		{"GreaterThan", "1.2.3", "x", false},
		{"GreaterThan", "x", 1.0, false},
		{"GreaterThan", true, 1.0, false},
		{"DurationGreaterThan", "2h", "1h", true},
		{"DurationGreaterThanOrEquals", 3600.0, "1h", true},
		{"DurationLessThan", 10.0, 20.0, true},
		{"DurationLessThanOrEquals", "x", "1h", false},

		{"AnyIn", "a", list("a", "b"), true},
		{"AnyIn", "a", list("b"), false},
		{"AnyIn", "abc", list("a*"), true},
		{"AnyIn", "a*", list("abc"), true}, // both sides may hold wildcards
		{"AnyIn", list("x", "a"), list("a", "b"), true},
		{"AnyIn", list("x", "y"), list("a", "b"), false},
		{"AnyIn", 5.0, list(5.0, 6.0), true},
		{"AnyIn", "5", "1-10", true},
		{"AnyIn", "50", "1-10", false},
		{"AnyIn", list("50", "5"), "1-10", true},
		{"AnyIn", "a", `["a","b"]`, true},
		{"AnyIn", list("a", "z"), `["a","b"]`, true},
		{"AnyIn", list(1.0), 1.0, true},
		{"AnyIn", "a", 1.0, false},
		{"AnyIn", nil, list("a"), false},
		{"AllIn", list("a", "b"), list("a", "b", "c"), true},
		{"AllIn", list("a", "z"), list("a", "b", "c"), false},
		{"AllIn", list("5", "6"), "1-10", true},
		{"AllIn", list("5", "60"), "1-10", false},
		{"AllIn", list(), list("a"), true},
		{"AllIn", list(1.0), 1.0, false},
		{"AllIn", "a", "a", true},
		{"AnyNotIn", list("a", "z"), list("a", "b"), true},
		{"AnyNotIn", list("a", "b"), list("a", "b"), false},
		{"AnyNotIn", list("5", "50"), "1-10", true},
		{"AnyNotIn", list("a"), "a", false},
		{"AnyNotIn", "z", list("a"), true},
		{"AllNotIn", list("y", "z"), list("a", "b"), true},
		{"AllNotIn", list("a", "z"), list("a", "b"), false},
		{"AllNotIn", list("50", "60"), "1-10", true},
		{"AllNotIn", list("5", "60"), "1-10", false},
		{"AllNotIn", "a", list("b"), true},
		{"AllNotIn", "a", 1.0, false},

		{"In", "a", list("a"), true},
		{"In", list("a"), list("a", "b"), true},
		{"In", list("a*"), list("abc"), false}, // lists are compared without wildcards
		{"In", "a", `["a"]`, true},
		{"In", "a", "b", false},
		{"NotIn", "a", list("b"), true},
		{"NotIn", list("a", "z"), list("a"), true},
		{"NotIn", list("a"), list("a"), false},
		{"NotIn", list("a"), "a", true}, // Kyverno's oddity: the single key itself holds for both
		{"NotIn", list("a"), list(1.0), false},
	}
	for _, test := range tests {
		name := fmt.Sprintf("%v_%s_%v", test.key, test.operator, test.value)
		t.Run(name, func(t *testing.T) {
			got, known := condition.Evaluate(test.operator, test.key, test.value)
			if got != test.want || !known {
				t.Errorf("holds %v, known %v; want %v", got, known, test.want)
			}
		})
	}
}

func TestEvaluateUnknownOperator(t *testing.T) {
	if holds, known := condition.Evaluate("Is", "a", "a"); holds || known {
		t.Errorf("holds %v, known %v; want neither", holds, known)
	}
}

// FuzzEvaluate looks for inputs that panic, and for an operator that contradicts its opposite.
func FuzzEvaluate(f *testing.F) {
	f.Add("5", "1-10")
	f.Add("1h", "60m")
	f.Add("a*", `["a"]`)
	f.Add("1.2.3", "v1")
	f.Fuzz(func(t *testing.T, key, value string) {
		for _, operator := range []string{"Equals", "NotEquals", "In", "NotIn", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "GreaterThan", "LessThan", "DurationGreaterThan"} {
			for _, k := range []any{key, []any{key}, 1.5, nil} {
				condition.Evaluate(operator, k, value)
			}
		}
		equal, _ := condition.Evaluate("Equals", key, value)
		notEqual, _ := condition.Evaluate("NotEquals", key, value)
		if equal && notEqual {
			t.Errorf("%q both equals and differs from %q", key, value)
		}
	})
}
