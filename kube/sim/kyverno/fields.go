package kyverno

// The functions here read unstructured content without copying it. Absent fields and fields of another type are empty.

// nested returns the object at a path.
func nested(object map[string]any, path ...string) map[string]any {
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

// list returns the list in a field.
func list(object map[string]any, field string) []any {
	items, _ := object[field].([]any)
	return items
}

// text returns the string in a field.
func text(object map[string]any, field string) string {
	value, _ := object[field].(string)
	return value
}

// texts returns the strings of the list in a field.
func texts(object map[string]any, field string) []string {
	var out []string
	for _, item := range list(object, field) {
		if value, ok := item.(string); ok {
			out = append(out, value)
		}
	}
	return out
}

// objects returns the objects of the list in a field.
func objects(object map[string]any, field string) []map[string]any {
	var out []map[string]any
	for _, item := range list(object, field) {
		if value, ok := item.(map[string]any); ok {
			out = append(out, value)
		}
	}
	return out
}
