package apply

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// jsonOrder are the fields of objects in the order of Kyverno's Go types, by the field that an object or a list of them is
// in. Other fields follow by name.
var jsonOrder = map[string][]string{
	"":           {"kind", "apiVersion", "metadata", "source", "summary", "results", "spec"},
	"metadata":   {"name", "namespace", "labels"},
	"summary":    {"pass", "fail", "warn", "error", "skip"},
	"results":    {"source", "policy", "rule", "category", "severity", "timestamp", "result", "scored", "resources", "message", "properties"},
	"timestamp":  {"seconds", "nanos"},
	"resources":  {"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion"},
	"spec":       {"match", "exceptions", "podSecurity"},
	"exceptions": {"policyName", "ruleNames"},
}

// marshalOrdered writes an object as JSON, with its fields in that order.
func marshalOrdered(object any) ([]byte, error) {
	var out bytes.Buffer
	err := writeOrdered(&out, object, "")
	return out.Bytes(), err
}

// writeOrdered writes a value that is in a field.
func writeOrdered(out *bytes.Buffer, value any, field string) error {
	switch value := value.(type) {
	case map[string]any:
		return writeMap(out, value, field)
	case []any:
		return writeList(out, value, field)
	}
	data, err := json.Marshal(value)
	out.Write(data)
	return err
}

func writeMap(out *bytes.Buffer, object map[string]any, field string) error {
	place := func(key string) int {
		if i := slices.Index(jsonOrder[field], key); i >= 0 {
			return i
		}
		return len(jsonOrder[field])
	}
	keys := slices.SortedFunc(maps.Keys(object), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
	separator := byte('{')
	for _, key := range keys {
		out.WriteByte(separator)
		if err := writeOrdered(out, key, ""); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := writeOrdered(out, object[key], key); err != nil {
			return err
		}
		separator = ','
	}
	if len(keys) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return nil
}

func writeList(out *bytes.Buffer, list []any, field string) error {
	out.WriteByte('[')
	for i, one := range list {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeOrdered(out, one, field); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}
