package policycheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
)

// patternAnchor says whether a validate pattern may use the anchor: all but +().
func patternAnchor(a anchor.Anchor) bool {
	return anchor.IsCondition(a) || anchor.IsExistence(a) || anchor.IsEquality(a) || anchor.IsNegation(a) || anchor.IsGlobal(a)
}

// checkPattern checks the anchors of a pattern, in order of the keys. It returns Kyverno's path of what is wrong.
// allowed is nil where no anchor is.
func checkPattern(pattern any, path string, allowed func(anchor.Anchor) bool) (string, error) {
	switch typed := pattern.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(typed)) {
			at := path + "/" + key
			if err := checkAnchor(key, typed[key], allowed); err != nil {
				return at, err
			}
			if p, err := checkPattern(typed[key], at, allowed); err != nil {
				return p, err
			}
		}
	case []any:
		for i, element := range typed {
			if p, err := checkPattern(element, path+strconv.Itoa(i)+"/", allowed); err != nil {
				return p, err
			}
		}
	}
	return "", nil
}

func checkAnchor(key string, value any, allowed func(anchor.Anchor) bool) error {
	a := anchor.Parse(key)
	if a == nil {
		return nil
	}
	if allowed == nil || !allowed(a) {
		return fmt.Errorf("unsupported anchor %s", key)
	}
	if !anchor.IsExistence(a) {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return errors.New("existence anchor should have value of type list")
	}
	if len(list) == 0 {
		return errors.New("existence anchor: should have at least one value")
	}
	return nil
}
