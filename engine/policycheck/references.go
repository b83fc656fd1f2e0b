package policycheck

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
	"github.com/kyverno/kyverno/pkg/engine/operator"
	"github.com/kyverno/kyverno/pkg/engine/variables/regex"
)

// checkReferences refuses references, $(./../name), to places of the rule that have no value. What looks like one but is
// meant for a shell or a container's environment must be escaped: \$(NAME).
func checkReferences(document any) error {
	return walk(document, "", func(text, at string) error {
		for _, match := range regex.RegexReferences.FindAllString(text, -1) {
			if !strings.HasPrefix(match, "$(") {
				match = match[1:]
			}
			value, err := resolve(document, match, at)
			if err != nil {
				return fmt.Errorf("failed to resolve %v at path %s: %w", match, at, err)
			}
			if value == nil {
				return fmt.Errorf("got nil resolved variable %v at path %s: <nil>", match, at)
			}
			if _, ok := value.(string); !ok {
				return fmt.Errorf("NotResolvedReferenceErr,reference %s not resolved at path %s", match, at)
			}
		}
		return nil
	})
}

// resolve returns the value that a reference at a place of the document means, nil when there is none.
func resolve(document any, match, at string) (any, error) {
	target := strings.Trim(match, "$()")
	op := operator.GetOperatorFromStringPattern(target)
	target = target[len(op):]
	if target == "" {
		return nil, errors.New("expected path, found empty reference")
	}
	if !path.IsAbs(target) {
		target = path.Join(at, target)
	}
	value := leafAt(document, "", target)
	if op == operator.Equal {
		return value, nil
	}
	switch typed := value.(type) {
	case string:
		return string(op) + typed, nil
	case float64:
		return fmt.Sprintf("%s%f", op, typed), nil
	default:
		return nil, fmt.Errorf("incorrect expression: operator %s does not match with value %v", op, value)
	}
}

// leafAt returns the value at a path in which anchors count as their keys.
func leafAt(document any, at, target string) any {
	switch typed := document.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(typed)) {
			if value := leafAt(typed[key], at+"/"+strings.ReplaceAll(key, "/", `\/`), target); value != nil {
				return value
			}
		}
	case []any:
		for i, element := range typed {
			if value := leafAt(element, at+"/"+strconv.Itoa(i), target); value != nil {
				return value
			}
		}
	default:
		if anchor.RemoveAnchorsFromPath(at) == target {
			return typed
		}
	}
	return nil
}
