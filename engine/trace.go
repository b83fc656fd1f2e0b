package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// toJSON writes a value of a trace step; absent values are empty.
func toJSON(v any) string {
	if v == nil {
		return ""
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // people read it: ">3" should look like that
	if err := encoder.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// joinFields writes keys and indexes as a field path; keys with dots or slashes are quoted in brackets.
func joinFields(parts []string) string {
	var out strings.Builder
	for _, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			out.WriteString("[" + part + "]")
			continue
		}
		if strings.ContainsAny(part, "./") {
			out.WriteString("[" + strconv.Quote(part) + "]")
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('.')
		}
		out.WriteString(part)
	}
	return out.String()
}

func pathParts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// pathRE matches an expression that is a plain path into the resource or the element of a foreach, perhaps with a
// literal for when the field is absent: request.object.metadata.labels."a/b" || ”.
var pathRE = regexp.MustCompile(
	`^\s*(request\.object|element)((?:\.(?:[A-Za-z_]\w*|"[^"]+")|\[\d+\])+)(?:\[\])?\s*(?:\|\|\s*(?:'[^']*'|"[^"]*"|` + "`[^`]*`" + `)\s*)?$`)

// segmentRE matches one part of such a path.
var segmentRE = regexp.MustCompile(`\.([A-Za-z_]\w*)|\."([^"]+)"|\[(\d+)\]`)

// resourceField returns the field path of a JMESPath expression that only names a field of the resource, else "".
func resourceField(expression string) string {
	root, field := expressionField(expression)
	if root != "request.object" {
		return ""
	}
	return field
}

// expressionField returns what a plain path starts from (request.object or element) and the field path below it; both
// are empty for other expressions.
func expressionField(expression string) (root, field string) {
	if strings.TrimSpace(expression) == "element" {
		return "element", ""
	}
	found := pathRE.FindStringSubmatch(expression)
	if found == nil {
		return "", ""
	}
	var parts []string
	for _, segment := range segmentRE.FindAllStringSubmatch(found[2], -1) {
		parts = append(parts, segment[1]+segment[2]+segment[3])
	}
	return found[1], joinFields(parts)
}

// elementPlace returns the field path of an element in a document, "" when it is not there: the first value equal to it.
func elementPlace(element, document any, path string) string {
	switch document := document.(type) {
	case map[string]any:
		if reflect.DeepEqual(element, floats(document)) {
			return path
		}
		for _, key := range slices.Sorted(maps.Keys(document)) {
			if found := elementPlace(element, document[key], joinPath(path, joinFields([]string{key}))); found != "" {
				return found
			}
		}
	case []any:
		for i, value := range document {
			if found := elementPlace(element, value, fmt.Sprintf("%s[%d]", path, i)); found != "" {
				return found
			}
		}
	}
	return ""
}

// joinPath joins two field paths, of which the second may start with a bracket.
func joinPath(outer, inner string) string {
	if outer == "" || inner == "" || inner[0] == '[' {
		return outer + inner
	}
	return outer + "." + inner
}

// lookup returns the value at a path with slashes. Keys may hold slashes themselves (labels do): the longest key that
// is there is taken.
func lookup(document any, path string) (any, bool) {
	return descend(document, pathParts(path))
}

func descend(document any, parts []string) (any, bool) {
	if len(parts) == 0 {
		return document, true
	}
	switch typed := document.(type) {
	case map[string]any:
		for n := len(parts); n > 0; n-- {
			if value, ok := typed[strings.Join(parts[:n], "/")]; ok {
				return descend(value, parts[n:])
			}
		}
	case []any:
		if i, err := strconv.Atoi(parts[0]); err == nil && i >= 0 && i < len(typed) {
			return descend(typed[i], parts[1:])
		}
	}
	return nil, false
}
