package openapi

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"sync"
)

// known.json is what a real server's documents say of built-in types and their Go types do not: the values of
// enumerations, and which fields are required where the tags are no help.
//
//go:embed known.json
var knownJSON []byte

// correction is what is known of one type.
type correction struct {
	Required []any           `json:"required"` // nil leaves what the tags say
	Enums    map[string]enum `json:"enums"`
}

// enum is the values of a field, or of the items of a list.
type enum struct {
	Values []any  `json:"values"`
	Notes  string `json:"notes"` // the end of the field's description
	Items  bool   `json:"items"`
}

var known = sync.OnceValues(func() (map[string]correction, error) {
	out := map[string]correction{}
	return out, json.Unmarshal(knownJSON, &out)
})

// correct adds to the schema of a type what is known of it.
func correct(t reflect.Type, out object) {
	all, err := known()
	if err != nil {
		return // a broken file is what the tests of this package find
	}
	c := all[modelName(t)]
	switch {
	case len(c.Required) > 0:
		out["required"] = c.Required
	case c.Required != nil:
		delete(out, "required")
	}
	properties, _ := out["properties"].(object)
	for name, e := range c.Enums {
		property, ok := properties[name].(object)
		if !ok {
			continue
		}
		if text, _ := property["description"].(string); e.Notes != "" {
			property["description"] = text + e.Notes
		}
		if items, ok := property["items"].(object); ok && e.Items {
			property = items
		}
		property["enum"] = e.Values
	}
}
