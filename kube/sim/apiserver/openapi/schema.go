package openapi

import (
	"reflect"
	"strings"
)

// object is a JSON object of a document.
type object = map[string]any

// refPrefix is where a document keeps its schemas.
const refPrefix = "#/components/schemas/"

// schemas collects the schemas of a document by name.
type schemas struct {
	byName object
}

// These are what types say of themselves when their fields do not tell how they are written as JSON
// (k8s.io/kube-openapi/pkg/common).
type (
	schemaTyper interface {
		OpenAPISchemaType() []string
		OpenAPISchemaFormat() string
	}
	oneOfTyper  interface{ OpenAPIV3OneOfTypes() []string }
	modelNamer  interface{ OpenAPIModelName() string }
	selfDescrib interface{ SwaggerDoc() map[string]string }
)

// of returns the schema of a type: for a named struct a reference to where it is described.
func (s *schemas) of(t reflect.Type) object {
	if t.Kind() == reflect.Pointer {
		return s.of(t.Elem())
	}
	zero := reflect.Zero(t).Interface()
	if _, ok := zero.(schemaTyper); ok {
		return object{"$ref": refPrefix + s.add(t)}
	}
	switch t.Kind() {
	case reflect.Struct:
		return object{"$ref": refPrefix + s.add(t)}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "format": "byte"}
		}
		return object{"type": "array", "items": withDefault(s.of(t.Elem()))}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": withDefault(s.of(t.Elem()))}
	}
	return scalar(t.Kind())
}

// scalar returns the schema of a JSON scalar.
func scalar(kind reflect.Kind) object {
	switch kind {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int64, reflect.Int, reflect.Uint64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Int32, reflect.Int16, reflect.Int8, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return object{"type": "integer", "format": "int32"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number", "format": "double"}
	}
	return object{}
}

// withDefault wraps a reference so that something can stand beside it, which OpenAPI does not allow for a bare one.
func withDefault(schema object) object {
	if _, ok := schema["$ref"]; ok {
		return object{"default": object{}, "allOf": []any{schema}}
	}
	return schema
}

// add describes a named type once and returns its name.
func (s *schemas) add(t reflect.Type) string {
	name := modelName(t)
	if _, ok := s.byName[name]; ok {
		return name
	}
	s.byName[name] = object{} // a type may contain itself
	s.byName[name] = s.describe(t)
	return name
}

func (s *schemas) describe(t reflect.Type) object {
	zero := reflect.Zero(t).Interface()
	docs := descriptions(t)
	out := object{}
	if docs[""] != "" {
		out["description"] = docs[""]
	}
	typer, ok := zero.(schemaTyper)
	if !ok {
		s.fields(t, docs, out)
		correct(t, out)
		return out
	}
	if many, ok := zero.(oneOfTyper); ok {
		var choices []any
		for _, name := range many.OpenAPIV3OneOfTypes() {
			choices = append(choices, object{"type": name})
		}
		out["oneOf"] = choices
	} else if names := typer.OpenAPISchemaType(); len(names) > 0 {
		out["type"] = names[0]
	}
	if format := typer.OpenAPISchemaFormat(); format != "" {
		out["format"] = format
	}
	return out
}

// fields describes a struct's fields.
func (s *schemas) fields(t reflect.Type, docs map[string]string, out object) {
	properties := object{}
	var required []any
	s.collect(t, docs, properties, &required)
	out["type"] = "object"
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
}

// collect adds a struct's fields, and those of what it embeds, to properties.
func (s *schemas) collect(t reflect.Type, docs map[string]string, properties object, required *[]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.Anonymous && !field.IsExported():
		case field.Anonymous && name == "":
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			s.collect(embedded, descriptions(embedded), properties, required)
		default:
			properties[name] = s.property(field, docs[name])
			if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
				*required = append(*required, name)
			}
		}
	}
}

// property describes one field: its type, what its documentation says, and how lists in it merge.
func (s *schemas) property(field reflect.StructField, description string) object {
	out := s.of(field.Type)
	if _, ok := out["$ref"]; ok {
		wrapped := object{"allOf": []any{out}}
		if field.Type.Kind() == reflect.Struct {
			wrapped["default"] = object{}
		}
		out = wrapped
	}
	if description != "" {
		out["description"] = description
	}
	strategy, key := field.Tag.Get("patchStrategy"), field.Tag.Get("patchMergeKey")
	if strategy != "" {
		out["x-kubernetes-patch-strategy"] = strategy
	}
	if key != "" {
		out["x-kubernetes-patch-merge-key"] = key
		out["x-kubernetes-list-type"] = "map"
		out["x-kubernetes-list-map-keys"] = []any{key}
	}
	return out
}

func descriptions(t reflect.Type) map[string]string {
	if described, ok := reflect.Zero(t).Interface().(selfDescrib); ok {
		return described.SwaggerDoc()
	}
	return nil
}

// modelName is the name of a type's schema: io.k8s.api.core.v1.Pod.
func modelName(t reflect.Type) string {
	if named, ok := reflect.Zero(t).Interface().(modelNamer); ok {
		return named.OpenAPIModelName()
	}
	path := strings.Split(t.PkgPath(), "/")
	host := strings.Split(path[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	return strings.Join(append(host, append(path[1:], t.Name())...), ".")
}
