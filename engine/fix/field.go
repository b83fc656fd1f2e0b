package fix

import (
	"fmt"
	"strconv"
	"strings"
)

// parsePath takes a field path apart: `spec.containers[0].image`, `metadata.labels["a/b"]`, `metadata.annotations[a/b]`.
func parsePath(path string) []string {
	var parts []string
	for path != "" {
		if rest, ok := strings.CutPrefix(path, `["`); ok {
			key, after, _ := strings.Cut(rest, `"]`)
			parts, path = append(parts, key), strings.TrimPrefix(after, ".")
			continue
		}
		if rest, ok := strings.CutPrefix(path, "["); ok {
			key, after, _ := strings.Cut(rest, "]")
			parts, path = append(parts, key), strings.TrimPrefix(after, ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return append(parts, path)
		}
		parts, path = append(parts, path[:end]), strings.TrimPrefix(path[end:], ".")
	}
	return parts
}

// joinPath is the opposite of parsePath.
func joinPath(parts []string) string {
	var out strings.Builder
	for _, part := range parts {
		_, err := strconv.Atoi(part)
		switch {
		case err == nil:
			out.WriteString("[" + part + "]")
		case strings.ContainsAny(part, "./[]"):
			out.WriteString("[" + strconv.Quote(part) + "]")
		case out.Len() > 0:
			out.WriteString("." + part)
		default:
			out.WriteString(part)
		}
	}
	return out.String()
}

// get returns the value at a path.
func get(document any, path []string) (any, bool) {
	for _, part := range path {
		switch typed := document.(type) {
		case map[string]any:
			value, ok := typed[part]
			if !ok {
				return nil, false
			}
			document = value
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(typed) {
				return nil, false
			}
			document = typed[i]
		default:
			return nil, false
		}
	}
	return document, true
}

// put sets a value in a document and returns the document: it may have become another one. Missing objects on the way
// are made; list elements must be there, or be the next one.
func put(document any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	if list, ok := document.([]any); ok {
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i > len(list) {
			return nil, fmt.Errorf("set %s: no such element", joinPath(path))
		}
		if i == len(list) {
			list = append(list, nil)
		}
		list[i], err = put(list[i], path[1:], value)
		return list, err
	}
	object, ok := document.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	inner, err := put(object[path[0]], path[1:], value)
	object[path[0]] = inner
	return object, err
}

// drop removes the value at a path, if it is there.
func drop(document any, path []string) any {
	last := path[len(path)-1]
	holder, ok := get(document, path[:len(path)-1])
	if !ok {
		return document
	}
	switch holder := holder.(type) {
	case map[string]any:
		delete(holder, last)
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil || i < 0 || i >= len(holder) {
			return document
		}
		shorter := append(holder[:i:i], holder[i+1:]...)
		if len(path) == 1 {
			return shorter
		}
		document, _ = put(document, path[:len(path)-1], shorter)
	}
	return document
}
