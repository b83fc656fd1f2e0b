package overlay

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kyverno/kyverno/pkg/engine/operator"
	"k8s.io/apimachinery/pkg/api/resource"

	"podsec/engine/quantity"
	"podsec/engine/wildcard"
)

// value is a pattern for a single value.
type value struct {
	raw  any
	text [][]term // of a text: one list must hold, every term of it
}

// term is one comparison of a text pattern (">=1" of ">=1 & <5").
type term struct {
	op       operator.Operator
	operand  string
	duration *time.Duration
	quantity *resource.Quantity
	ends     []term // of a range: what is compared with its two ends
}

func newValue(raw any) *value {
	v := &value{raw: raw}
	text, ok := raw.(string)
	if !ok {
		return v
	}
	for alternative := range strings.SplitSeq(text, "|") {
		var terms []term
		for one := range strings.SplitSeq(strings.Trim(alternative, " "), "&") {
			terms = append(terms, newTerm(strings.Trim(one, " ")))
		}
		v.text = append(v.text, terms)
	}
	return v
}

func newTerm(text string) term {
	switch op := operator.GetOperatorFromStringPattern(text); op {
	case operator.InRange:
		return newRange(op, operator.InRangeRegex, text, operator.MoreEqual, operator.LessEqual)
	case operator.NotInRange:
		return newRange(op, operator.NotInRangeRegex, text, operator.Less, operator.More)
	default:
		return newComparison(op, text[len(op):])
	}
}

func newRange(op operator.Operator, parts *regexp.Regexp, text string, left, right operator.Operator) term {
	found := parts.FindStringSubmatch(text)
	return term{op: op, ends: []term{newComparison(left, found[1]), newComparison(right, found[2])}}
}

func newComparison(op operator.Operator, operand string) term {
	t := term{op: op, operand: strings.TrimSpace(operand)}
	if duration, err := time.ParseDuration(t.operand); err == nil {
		t.duration = &duration
	}
	if parsed, err := quantity.Parse(t.operand); err == nil {
		t.quantity = &parsed
	}
	return t
}

// matches says whether a value, nil for an absent one, matches the pattern. Maps match no text.
func (v *value) matches(found any) bool {
	switch wanted := v.raw.(type) {
	case bool:
		have, ok := found.(bool)
		return ok && have == wanted
	case int:
		return matchesInteger(found, int64(wanted))
	case int64:
		return matchesInteger(found, wanted)
	case float64:
		return matchesFloat(found, wanted)
	case string:
		return v.matchesText(found, wanted)
	}
	return isZero(found)
}

func matchesInteger(found any, wanted int64) bool {
	switch found := found.(type) {
	case int:
		return int64(found) == wanted
	case int64:
		return found == wanted
	case float64:
		return found == math.Trunc(found) && int64(found) == wanted
	case string:
		number, err := strconv.ParseInt(found, 10, 64)
		return err == nil && number == wanted
	}
	return false
}

func matchesFloat(found any, wanted float64) bool {
	switch found := found.(type) {
	case int:
		return wanted == math.Trunc(wanted) && int(wanted) == found
	case int64:
		return wanted == math.Trunc(wanted) && int64(wanted) == found
	case float64:
		return found == wanted
	case string:
		number, err := strconv.ParseFloat(found, 64)
		return err == nil && number == wanted
	}
	return false
}

// isZero says whether a value is what the pattern null wants.
func isZero(found any) bool {
	switch found := found.(type) {
	case float64:
		return found == 0
	case int:
		return found == 0
	case int64:
		return found == 0
	case string:
		return found == ""
	case bool:
		return !found
	}
	return found == nil
}

func (v *value) matchesText(found any, wanted string) bool {
	if text, ok := found.(string); ok && text == wanted {
		return true
	}
	for _, terms := range v.text {
		if allHold(terms, found) {
			return true
		}
	}
	return false
}

func allHold(terms []term, found any) bool {
	for i := range terms {
		if !terms[i].holds(found) {
			return false
		}
	}
	return true
}

// holds compares as durations when both sides are some, else as quantities, else as texts.
func (t *term) holds(found any) bool {
	switch t.op {
	case operator.InRange:
		return t.ends[0].holds(found) && t.ends[1].holds(found)
	case operator.NotInRange:
		return t.ends[0].holds(found) || t.ends[1].holds(found)
	}
	if t.duration != nil || t.quantity != nil {
		if order, ok := t.compare(found); ok {
			return ordered(t.op, order)
		}
	}
	if t.op != operator.Equal && t.op != operator.NotEqual {
		return false
	}
	text, ok := asText(found)
	return ok && wildcard.Match(t.operand, text) == (t.op == operator.Equal)
}

// compare orders a value and the operand, when both can be numbers.
func (t *term) compare(found any) (order int, ok bool) {
	text, ok := asNumber(found)
	if !ok {
		return 0, false
	}
	if t.duration != nil {
		if duration, err := time.ParseDuration(text); err == nil {
			return cmp.Compare(duration, *t.duration), true
		}
	}
	if t.quantity != nil {
		if parsed, err := quantity.Parse(text); err == nil {
			return parsed.Cmp(*t.quantity), true
		}
	}
	return 0, false
}

func ordered(op operator.Operator, order int) bool {
	switch op {
	case operator.Equal:
		return order == 0
	case operator.NotEqual:
		return order != 0
	case operator.More:
		return order > 0
	case operator.Less:
		return order < 0
	case operator.MoreEqual:
		return order >= 0
	case operator.LessEqual:
		return order <= 0
	}
	return false
}

// asNumber writes a value as it is compared with numbers; an absent one is 0.
func asNumber(found any) (string, bool) {
	switch found := found.(type) {
	case nil:
		return "0", true
	case string:
		return found, true
	case float64:
		return fmt.Sprintf("%f", found), true
	case int64:
		return strconv.FormatInt(found, 10), true
	case int:
		return strconv.Itoa(found), true
	}
	return "", false
}

// asText writes a value as it is compared with texts; absent ones, maps and lists cannot be.
func asText(found any) (string, bool) {
	switch found := found.(type) {
	case string:
		return found, true
	case float64:
		return strconv.FormatFloat(found, 'E', -1, 64), true
	case int:
		return strconv.Itoa(found), true
	case int64:
		return strconv.FormatInt(found, 10), true
	case bool:
		return strconv.FormatBool(found), true
	}
	return "", false
}
