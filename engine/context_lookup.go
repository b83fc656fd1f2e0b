package engine

import (
	"fmt"
	"strings"
)

// loadGlobal returns the data of a global context entry ("name" or "name.projection"). A Policy may not read any.
func (s *scope) loadGlobal(e *entry) (any, error) {
	if s.engine.options.GlobalContext == nil {
		return nil, fmt.Errorf("context entry %s: there are no global context entries here", e.Name)
	}
	if s.policy.Namespace() != "" {
		return nil, fmt.Errorf("context entry %s: globalReference is not allowed in namespaced policies", e.Name)
	}
	value, err := s.globalData(e)
	if err != nil {
		return nil, fmt.Errorf("failed to marshal APICall data for context entry %s: %w", e.Name, err)
	}
	return value, nil
}

func (s *scope) globalData(e *entry) (any, error) {
	name, err := s.substituteText(e.GlobalReference.Name)
	if err != nil {
		return nil, err
	}
	path, err := s.substituteText(e.GlobalReference.JMESPath)
	if err != nil {
		return nil, err
	}
	name, projection, _ := strings.Cut(name, ".")
	projection, _, _ = strings.Cut(projection, ".")
	data, err := s.engine.options.GlobalContext.GlobalContext(name, projection)
	if err != nil || path == "" {
		return data, err
	}
	value, err := s.search(path, data)
	if err != nil {
		return nil, fmt.Errorf("failed to apply JMESPath %s for context entry %s: %w", path, e.Name, err)
	}
	return value, nil
}

// loadImageData returns what a registry says of an image.
func (s *scope) loadImageData(e *entry) (any, error) {
	if s.engine.options.Images == nil {
		return nil, fmt.Errorf("context entry %s: image data cannot be fetched here", e.Name)
	}
	reference, err := s.substituteText(e.ImageRegistry.Reference)
	if err != nil {
		return nil, fmt.Errorf("ailed to substitute variables in context entry %s %s: %w", e.Name, e.ImageRegistry.Reference, err)
	}
	path, err := s.substituteText(e.ImageRegistry.JMESPath)
	if err != nil {
		return nil, fmt.Errorf("failed to substitute variables in context entry %s %s: %w", e.Name, e.ImageRegistry.JMESPath, err)
	}
	data, err := s.engine.options.Images.ImageData(s.ctx, reference)
	if err != nil {
		return nil, fmt.Errorf("failed to fetch image descriptor: %s, error: %w", reference, err)
	}
	if path == "" {
		return data, nil
	}
	value, err := s.compileAndSearch(path, data)
	if err != nil {
		return nil, fmt.Errorf("failed to apply JMESPath (%s) results to context entry %s, error: %w", e.ImageRegistry.JMESPath, e.Name, err)
	}
	return value, nil
}
