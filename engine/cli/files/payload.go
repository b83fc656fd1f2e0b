package files

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Payload reads a file of JSON or YAML that is no resource. Several documents of YAML are a list.
func (s *Source) Payload(name string) (any, error) {
	data, err := s.Read(name)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		var content any
		err := json.Unmarshal(data, &content)
		return content, err
	case ".yaml", ".yml":
		return yamlPayload(data)
	}
	return nil, fmt.Errorf("unrecognized payload format, must be yaml or json (%s)", name)
}

func yamlPayload(data []byte) (any, error) {
	documents, err := Documents(data)
	if err != nil {
		return nil, err
	}
	var objects []any
	for _, document := range documents {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	if len(objects) == 1 {
		return objects[0], nil
	}
	return objects, nil
}
