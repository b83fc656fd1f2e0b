package condition

import "strings"

// test compares a key with a value.
type test func(key, value any) bool

// operators maps an operator in lower case to its test. Kyverno looks operators up without regard to case.
var operators = map[string]test{
	"equal":     equal,
	"equals":    equal,
	"notequal":  notEqual,
	"notequals": notEqual,

	"in":       in,
	"notin":    notIn,
	"anyin":    anyIn,
	"allin":    allIn,
	"anynotin": anyNotIn,
	"allnotin": allNotIn,

	"greaterthan":         compare("GreaterThan"),
	"greaterthanorequals": compare("GreaterThanOrEquals"),
	"lessthan":            compare("LessThan"),
	"lessthanorequals":    compare("LessThanOrEquals"),

	"durationgreaterthan":         compareDurations("GreaterThan"),
	"durationgreaterthanorequals": compareDurations("GreaterThanOrEquals"),
	"durationlessthan":            compareDurations("LessThan"),
	"durationlessthanorequals":    compareDurations("LessThanOrEquals"),
}

// Evaluate says whether the condition "key operator value" holds, and false for known when there is no such operator.
func Evaluate(operator string, key, value any) (holds, known bool) {
	t, known := operators[strings.ToLower(operator)]
	return known && t(key, value), known
}
