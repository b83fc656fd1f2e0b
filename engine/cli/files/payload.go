package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"podsec/engine/document"
)

// Payload reads a file of JSON or YAML that is no resource. Several documents of YAML are a list. Errors name the file, and
// the line if it is known.
func (s *Source) Payload(name string) (any, error) {
	data, err := s.Read(name)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		var content any
		if err := json.Unmarshal(data, &content); err != nil {
			return nil, placeJSON(name, data, err)
		}
		return content, nil
	case ".yaml", ".yml":
		return yamlPayload(name, data)
	}
	return nil, fmt.Errorf("unrecognized payload format, must be yaml or json (%s)", name)
}

// placeJSON says in which line of a file JSON ends to be any.
func placeJSON(name string, data []byte, wrong error) *document.Problem {
	out := &document.Problem{Position: document.Position{File: name}, Message: wrong.Error()}
	var syntax *json.SyntaxError
	if errors.As(wrong, &syntax) {
		out.Line = 1 + bytes.Count(data[:max(syntax.Offset-1, 0)], []byte("\n"))
	}
	return out
}

func yamlPayload(name string, data []byte) (any, error) {
	documents, err := Documents(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var objects []any
	for _, text := range documents {
		var object map[string]any
		if err := yaml.Unmarshal(text, &object); err != nil {
			return nil, place(name, data, text, err)
		}
		objects = append(objects, object)
	}
	if len(objects) == 1 {
		return objects[0], nil
	}
	return objects, nil
}
