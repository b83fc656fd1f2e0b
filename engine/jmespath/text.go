package jmespath

import (
	"path/filepath"
	"strings"
)

// textFunctions are those that compare and change text.
func textFunctions() []function {
	return []function{
		onTexts("compare", 2, func(a []string) (any, error) { return strings.Compare(a[0], a[1]), nil }),
		onTexts("equal_fold", 2, func(a []string) (any, error) { return strings.EqualFold(a[0], a[1]), nil }),
		{"replace", "string string string number", replace},
		onTexts("replace_all", 3, func(a []string) (any, error) { return strings.ReplaceAll(a[0], a[1], a[2]), nil }),
		onTexts("to_upper", 1, func(a []string) (any, error) { return strings.ToUpper(a[0]), nil }),
		onTexts("to_lower", 1, func(a []string) (any, error) { return strings.ToLower(a[0]), nil }),
		onTexts("trim", 2, func(a []string) (any, error) { return strings.Trim(a[0], a[1]), nil }),
		onTexts("trim_prefix", 2, func(a []string) (any, error) { return strings.TrimPrefix(a[0], a[1]), nil }),
		onTexts("split", 2, func(a []string) (any, error) { return split(a[0], a[1]), nil }),
		{"truncate", "string number", truncate},
		onTexts("to_boolean", 1, func(a []string) (any, error) { return toBoolean(a[0]) }),
		onTexts("path_canonicalize", 1, func(a []string) (any, error) { return filepath.Join(a[0]), nil }),
	}
}

func replace(arguments []any) (any, error) {
	args, err := texts("replace", arguments, 3)
	if err != nil {
		return nil, err
	}
	n, err := number("replace", arguments, 3)
	if err != nil {
		return nil, err
	}
	return strings.Replace(args[0], args[1], args[2], int(n)), nil
}

func split(s, separator string) []any {
	parts := strings.Split(s, separator)
	out := make([]any, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out
}

// truncate cuts text to a number of runes.
func truncate(arguments []any) (any, error) {
	s, err := text("truncate", arguments, 0)
	if err != nil {
		return nil, err
	}
	length, err := number("truncate", arguments, 1)
	if err != nil {
		return nil, err
	}
	runes := []rune(s)
	return string(runes[:min(len(runes), max(0, int(length)))]), nil
}

func toBoolean(s string) (any, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, fail("to_boolean", "lowercase argument must be 'true' or 'false' (provided: '%s')", s)
}
