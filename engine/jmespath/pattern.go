package jmespath

import (
	"reflect"
	"regexp"

	"github.com/blang/semver/v4"

	"podsec/engine/wildcard"
)

// patternFunctions are those that match.
func patternFunctions() []function {
	return []function{
		{"regex_replace_all", "string string|number string|number", func(a []any) (any, error) {
			return replaceRegex("regex_replace_all", a, (*regexp.Regexp).ReplaceAllString)
		}},
		{"regex_replace_all_literal", "string string|number string|number", func(a []any) (any, error) {
			return replaceRegex("regex_replace_all_literal", a, (*regexp.Regexp).ReplaceAllLiteralString)
		}},
		{"regex_match", "string string|number", regexMatch},
		{"pattern_match", "string string|number", patternMatch},
		{"label_match", "object object", labelMatch},
		onTexts("semver_compare", 2, func(a []string) (any, error) { return semverCompare(a[0], a[1]) }),
	}
}

func replaceRegex(name string, arguments []any, replace func(*regexp.Regexp, string, string) string) (any, error) {
	pattern, err := text(name, arguments, 0)
	if err != nil {
		return nil, err
	}
	source, err := toText(arguments[1])
	if err != nil {
		return nil, fail(name, "argument #%d is not of type %s", 2, "String or Real")
	}
	with, err := toText(arguments[2])
	if err != nil {
		return nil, fail(name, "argument #%d is not of type %s", 3, "String or Real")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fail(name, "%s", err.Error())
	}
	return replace(re, source, with), nil
}

func regexMatch(arguments []any) (any, error) {
	pattern, source, err := patternAndText(arguments)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return re.MatchString(source), nil
}

func patternMatch(arguments []any) (any, error) {
	pattern, source, err := patternAndText(arguments)
	if err != nil {
		return nil, err
	}
	return wildcard.Match(pattern, source), nil
}

func patternAndText(arguments []any) (pattern, source string, err error) {
	if pattern, err = text("regex_match", arguments, 0); err != nil {
		return "", "", err
	}
	if source, err = toText(arguments[1]); err != nil {
		return "", "", fail("regex_match", "argument #%d is not of type %s", 2, "String or Real")
	}
	return pattern, source, nil
}

// labelMatch says whether the second object has every key of the first with the same value.
func labelMatch(arguments []any) (any, error) {
	wanted, ok := arguments[0].(map[string]any)
	if !ok {
		return nil, fail("label_match", "argument #%d is not of type %s", 0, "Object")
	}
	have, ok := arguments[1].(map[string]any)
	if !ok {
		return nil, fail("label_match", "argument #%d is not of type %s", 1, "Object")
	}
	for key, value := range wanted {
		if found, ok := have[key]; !ok || !reflect.DeepEqual(found, value) {
			return false, nil
		}
	}
	return true, nil
}

// semverCompare says whether a version is in a range; what is no version counts as 0.0.0.
func semverCompare(version, span string) (any, error) {
	v, err := semver.Parse(version)
	if err != nil {
		v = semver.Version{}
	}
	in, err := semver.ParseRange(span)
	if err != nil {
		return nil, err
	}
	return in(v), nil
}
