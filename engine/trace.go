package engine

import (
	"encoding/json"
	"regexp"
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

// fieldPath turns Kyverno's path with slashes into a field path: "/spec/containers/0/image/" into
// "spec.containers[0].image".
func fieldPath(path string) string { return joinFields(pathParts(path)) }

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

// resourceRE matches an expression that is a plain path into the resource.
var resourceRE = regexp.MustCompile(`^\s*request\.object\.([A-Za-z_][\w.]*?)(?:\[\])?\s*$`)

// resourceField returns the field path of a JMESPath expression that only names a field of the resource, else "".
func resourceField(expression string) string {
	if found := resourceRE.FindStringSubmatch(expression); found != nil {
		return found[1]
	}
	return ""
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
