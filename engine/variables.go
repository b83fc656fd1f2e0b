package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
)

// substitute replaces the references and variables of a JSON document. The result is a copy; a text that is one
// variable becomes the variable's value. Errors are Kyverno's.
func (s *scope) substitute(document any) (any, error) {
	if !hasVariables(document) {
		return copyJSON(document), nil
	}
	var err error
	if text, ok := document.(string); ok && !strings.Contains(text, "$(") {
		document, err = s.replaceVariables(text, "")
		if err != nil || !isContainer(document) {
			return document, err
		}
		// What comes out of a variable may hold variables: it is looked through below.
	} else if document, err = resolveReferences(document); err != nil {
		return nil, err
	}
	return traverse(document, func(value any, path string) (any, error) {
		text, ok := value.(string)
		if !ok {
			return value, nil
		}
		return s.replaceVariables(text, path)
	})
}

// isContainer says whether a JSON value is a map or a list.
func isContainer(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// hasVariables says whether any text of a document holds a variable or a reference, escaped ones included.
func hasVariables(document any) bool {
	switch document := document.(type) {
	case string:
		return strings.Contains(document, "{{") || strings.Contains(document, "$(")
	case map[string]any:
		for k, v := range document {
			if hasVariables(k) || hasVariables(v) {
				return true
			}
		}
	case []any:
		for _, v := range document {
			if hasVariables(v) {
				return true
			}
		}
	}
	return false
}

// A variable may hold the text of other variables, or of itself: Kyverno goes on for ever then, we stop.
const maxReplacements = 1000

// replaceVariables replaces the variables of one text, those that come out of variables too.
func (s *scope) replaceVariables(text, path string) (any, error) {
	replaced := 0
	maxLength := len(text) + maxContext
	for found := s.engine.templates.variables(text); len(found) > 0; {
		if replaced += len(found); replaced > maxReplacements {
			return nil, fmt.Errorf("failed to resolve the variables at path %s: they never end", path)
		}
		whole, shallow := text, false
		for _, match := range found {
			prefix, name := match.prefix, match.text
			var value any
			var err error
			if value, shallow, err = s.resolve(name, path); err != nil {
				return nil, err
			}
			if whole == name {
				return value, nil
			}
			if value, err = printed(value, shallow); err != nil {
				return nil, fmt.Errorf("failed to resolve %v at path %s: %w", name, path, err)
			}
			text = strings.Replace(text, prefix+name, prefix+value.(string), 1) //nolint:forcetypeassert // printed returns text
			if len(text) > maxLength {
				return nil, fmt.Errorf("failed to resolve %v at path %s: the text is longer than %d bytes", name, path, maxLength)
			}
		}
		found = nil
		if !shallow {
			found = s.engine.templates.variables(text)
		}
	}
	return strings.ReplaceAll(text, `\{{`, "{{"), nil
}

// bracesReplacer takes the braces of a variable away.
var bracesReplacer = strings.NewReplacer("{{", "", "}}", "")

// resolve evaluates a variable with its braces. shallow is the form "{{- x }}", whose value is not looked at again.
func (s *scope) resolve(variable, path string) (value any, shallow bool, err error) {
	name := strings.TrimSpace(bracesReplacer.Replace(variable))
	if rest, ok := strings.CutPrefix(name, "-"); ok {
		name, shallow = strings.TrimSpace(rest), true
	}
	if name == "@" {
		name = s.here(path)
	}
	if s.request.operation() == Delete {
		name = strings.ReplaceAll(name, "request.object", "request.oldObject")
	}
	if value, err = s.query(name); err != nil {
		return nil, false, fmt.Errorf("failed to resolve %v at path %s: %w", name, path, err)
	}
	return value, shallow, nil
}

// here is the expression for "@": the value of the resource at the place where the variable stands.
func (s *scope) here(path string) string {
	prefix := []string{"target"}
	if _, ok := s.all()["target"]; !ok {
		prefix = []string{"request", "object"}
	}
	return expressionAt(path, prefix)
}

// printed writes a value that stands inside a longer text.
func printed(value any, shallow bool) (string, error) {
	text, ok := value.(string)
	if !ok {
		data, err := json.Marshal(value)
		if err != nil {
			return "", fmt.Errorf("failed to marshal %T: %v", value, value)
		}
		return string(data), nil
	}
	if shallow {
		text = strings.ReplaceAll(text, "{{", `\{{`)
	}
	return text, nil
}

// resolveReferences replaces the references of a document by the values they lead to.
func resolveReferences(document any) (any, error) {
	return traverse(document, func(value any, at string) (any, error) {
		text, ok := value.(string)
		if !ok {
			return value, nil
		}
		for _, match := range referenceRE.FindAllString(text, -1) {
			prefix, reference := "", match
			if !strings.HasPrefix(match, "$(") {
				prefix, reference = match[:1], match[1:]
			}
			resolved, err := resolveReference(document, reference, at)
			if err != nil {
				return nil, fmt.Errorf("failed to resolve %v at path %s: %w", reference, at, err)
			}
			target, ok := resolved.(string)
			if resolved == nil {
				return nil, fmt.Errorf("got nil resolved variable %v at path %s: <nil>", reference, at)
			}
			if !ok {
				return nil, fmt.Errorf("NotResolvedReferenceErr,reference %s not resolved at path %s", reference, at)
			}
			text = strings.Replace(text, match, prefix+target, 1)
		}
		return escapedReferenceRE.ReplaceAllStringFunc(text, func(escaped string) string { return escaped[1:] }), nil
	})
}

// resolveReference returns the value a reference leads to, behind the operator it starts with ("$(<=./../limit)").
func resolveReference(document any, reference, at string) (any, error) {
	target := strings.Trim(reference, "$()")
	op := leadingOperator(target)
	if target = target[len(op):]; target == "" {
		return nil, errors.New("expected path, found empty reference")
	}
	if !path.IsAbs(target) {
		target = path.Join(at, target)
	}
	value := valueAt(document, target)
	if op == "" {
		return value, nil
	}
	switch value := value.(type) {
	case string:
		return op + value, nil
	case int, int64:
		return fmt.Sprintf("%s%d", op, value), nil
	case float64:
		return fmt.Sprintf("%s%f", op, value), nil
	}
	return nil, fmt.Errorf("incorrect expression: operator %s does not match with value %v", op, value)
}

// valueAt returns the value at a path, in which anchors do not count.
func valueAt(document any, target string) any {
	var found any
	_, _ = traverse(document, func(value any, at string) (any, error) {
		if stripAnchors(at) == target {
			found = value
		}
		return value, nil
	})
	return found
}
