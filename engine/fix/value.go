package fix

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"podsec/engine/overlay"
	"podsec/engine/quantity"
)

// Placeholder stands for a value that only a person can choose.
const Placeholder = "CHANGE-ME"

// examples are values for fields in which a placeholder would not be valid, by the field's name.
var examples = map[string]any{"memory": "128Mi", "cpu": "100m", "ephemeral-storage": "1Gi"}

// solve returns the edit that gives the field at path a value that matches a pattern, or why there is none. variant
// chooses between alternatives.
func solve(pattern, have any, path []string, variant int) (e edit, reason string) {
	text, ok := pattern.(string)
	if !ok {
		return set(path, whole(pattern)), ""
	}
	alternatives := strings.Split(text, "|")
	wanted := strings.TrimSpace(alternatives[variant%len(alternatives)])
	for _, term := range strings.Split(wanted, "&") {
		for _, value := range valuesFor(strings.TrimSpace(term), have, path) {
			if !overlay.MatchValue(value.value, pattern) {
				continue
			}
			e := set(path, value.value)
			if value.choose {
				e.choose = fmt.Sprintf("choose %s: it must match %q", joinPath(path), text)
			}
			return e, ""
		}
	}
	if isImage(path) {
		return edit{}, fmt.Sprintf("%s must match %q: an image cannot be invented, choose one that exists there", joinPath(path), text)
	}
	return edit{}, fmt.Sprintf("%s must match %q, for which no value is known", joinPath(path), text)
}

// value is a value that may match, and whether a person must choose a better one.
type value struct {
	value  any
	choose bool
}

// valuesFor returns what may match one term of a pattern, the most natural first.
func valuesFor(term string, have any, path []string) []value {
	switch {
	case isImage(path) && (hasWildcard(term) || strings.HasPrefix(term, "!")):
		return nil
	case strings.HasPrefix(term, "!"):
		return opposite(have)
	case strings.HasPrefix(term, ">="), strings.HasPrefix(term, "<="):
		return typed(strings.TrimSpace(term[2:]), path)
	case strings.HasPrefix(term, ">"):
		return beyond(strings.TrimSpace(term[1:]), +1, path)
	case strings.HasPrefix(term, "<"):
		return beyond(strings.TrimSpace(term[1:]), -1, path)
	case hasWildcard(term):
		return invented(term, path)
	}
	if found := rangeRE.FindStringSubmatch(term); found != nil {
		return typed(found[1], path) // the lower end is in the range
	}
	return typed(term, path)
}

// rangeRE matches a range of numbers or quantities and takes out its lower end.
var rangeRE = regexp.MustCompile(`^(\d[\d.]*[A-Za-z]*)\s*-\s*\d[\d.]*[A-Za-z]*$`)

// opposite is another value than the one there is; only for a bool it is known.
func opposite(have any) []value {
	if b, ok := have.(bool); ok {
		return []value{{value: !b}}
	}
	return []value{{value: Placeholder, choose: true}}
}

// invented are placeholders that match a wildcard.
func invented(term string, path []string) []value {
	var out []value
	if example, ok := examples[path[len(path)-1]]; ok {
		out = append(out, value{example, true})
	}
	filled := strings.NewReplacer("?*", Placeholder, "*", Placeholder, "?", "x").Replace(term)
	return append(out, value{filled, true})
}

// typed reads a value of a pattern as the field has it: text in labels and the like, else a bool or a number where it
// is one.
func typed(text string, path []string) []value {
	asText := value{value: text}
	if isText(path) {
		return []value{asText}
	}
	if b, err := strconv.ParseBool(text); err == nil && (text == "true" || text == "false") {
		return []value{{value: b}, asText}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return []value{{value: n}, asText}
	}
	return []value{asText}
}

// isText says whether a field holds text whatever it looks like.
func isText(path []string) bool {
	for _, holder := range []string{"labels", "annotations", "matchLabels", "nodeSelector", "data"} {
		if slices.Contains(path, holder) {
			return true
		}
	}
	return path[len(path)-1] == "value"
}

// beyond is a value on the right side of a limit: the next number, or twice or half of a quantity.
func beyond(limit string, direction int, path []string) []value {
	if n, err := strconv.ParseInt(limit, 10, 64); err == nil {
		return typed(strconv.FormatInt(n+int64(direction), 10), path)
	}
	parsed, err := quantity.Parse(limit)
	if err != nil {
		return nil
	}
	if direction > 0 {
		parsed.Mul(2)
	} else {
		parsed = *resource.NewMilliQuantity(parsed.MilliValue()/2, parsed.Format)
	}
	return []value{{value: parsed.String(), choose: true}}
}

// whole turns numbers without a fraction into integers, as resources have them.
func whole(v any) any {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return v
}

func hasWildcard(text string) bool { return strings.ContainsAny(text, "*?") }

func isImage(path []string) bool { return path[len(path)-1] == "image" }
