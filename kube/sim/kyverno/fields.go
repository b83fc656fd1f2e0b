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

// matchBlocks returns the blocks of a rule's match: those of any and all, and match itself, which the older form fills.
func matchBlocks(rule map[string]any) []map[string]any {
	match := nested(rule, "match")
	return append(append(objects(match, "any"), objects(match, "all")...), match)
}

// generateBlocks returns what a rule says that it makes: its generate block, and each of that block's foreach.
func generateBlocks(rule map[string]any) []map[string]any {
	generate := nested(rule, "generate")
	return append(objects(generate, "foreach"), generate)
}
