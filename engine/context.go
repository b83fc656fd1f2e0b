package engine

import (
	"encoding/json"
	"errors"
	"fmt"
)

// loadEntry computes the value of a context entry; error texts are Kyverno's.
func (s *scope) loadEntry(e *entry) (any, error) {
	switch {
	case e.Variable != nil:
		return s.loadVariable(e)
	case e.ConfigMap != nil:
		value, err := s.loadConfigMap(e)
		if err != nil {
			return nil, fmt.Errorf("failed to retrieve config map for context entry %s: %w", e.Name, err)
		}
		return value, nil
	case e.APICall != nil:
		return s.loadAPICall(e)
	case e.ImageRegistry != nil:
		return s.loadImageData(e)
	case e.GlobalReference != nil:
		return s.loadGlobal(e)
	}
	return nil, fmt.Errorf("missing ConfigMap|APICall|ImageRegistry|Variable in context entry %s", e.Name)
}

// substituteText replaces the variables of a text that must stay one.
func (s *scope) substituteText(text string) (string, error) {
	value, err := s.substitute(text)
	if err != nil {
		return "", err
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	return "", fmt.Errorf("expected string, got %T", value)
}

// loadVariable evaluates an entry with value, jmesPath and default.
func (s *scope) loadVariable(e *entry) (any, error) {
	path, err := s.variablePath(e)
	if err != nil {
		return nil, err
	}
	output, err := s.substitute(e.Variable.Default)
	if err != nil {
		return nil, fmt.Errorf("failed to substitute variables in context entry %s %s: %w", e.Name, e.Variable.Default, err)
	}
	hasDefault := output != nil
	value, err := s.variableValue(e, path)
	switch {
	case err != nil && (path == "" || !hasDefault):
		return nil, err
	case err == nil && (value != nil || e.Variable.Value != nil):
		output = value
	}
	if output == nil {
		return nil, fmt.Errorf("failed to add context entry for variable %s since it evaluated to nil", e.Name)
	}
	return output, nil
}

// variablePath is jmesPath with its variables replaced; a Go program's nil is part of the text about other values.
func (s *scope) variablePath(e *entry) (string, error) {
	value, err := s.substitute(e.Variable.JMESPath)
	if err != nil {
		return "", fmt.Errorf("failed to substitute variables in context entry %s %s: %w", e.Name, e.Variable.JMESPath, err)
	}
	if path, ok := value.(string); ok {
		return path, nil
	}
	return "", fmt.Errorf("jmespath value must be a string %s %s: <nil>", e.Name, e.Variable.JMESPath)
}

// variableValue evaluates jmesPath on the entry's value, or on all variables when it has none.
func (s *scope) variableValue(e *entry, path string) (any, error) {
	if e.Variable.Value == nil {
		if path == "" {
			return nil, nil
		}
		value, err := s.query(path)
		if err != nil {
			return nil, fmt.Errorf("failed to apply jmespath %s to variable %v: %w", path, value, err)
		}
		return value, nil
	}
	value, err := s.substitute(e.Variable.Value)
	if err != nil {
		return nil, fmt.Errorf("failed to substitute variables in context entry %s %s: %w", e.Name, e.Variable.Value, err)
	}
	if path == "" {
		return value, nil
	}
	found, err := s.compileAndSearch(path, value)
	if err != nil {
		return nil, fmt.Errorf("failed to apply jmespath %s to variable %v: %w", path, value, err)
	}
	return found, nil
}

// search evaluates an expression on a value instead of the variables.
func (s *scope) search(expression string, value any) (any, error) {
	compiled, err := s.engine.interpreter.Compile(expression)
	if err != nil {
		return nil, err
	}
	return compiled.Search(floats(value))
}

// compileAndSearch is search, with another text about expressions that are none.
func (s *scope) compileAndSearch(expression string, value any) (any, error) {
	compiled, err := s.engine.interpreter.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("failed to compile JMESPath: %s, error: %w", expression, err)
	}
	return compiled.Search(floats(value))
}

// loadConfigMap returns data and metadata of a ConfigMap. A Policy may only read those of its own namespace.
func (s *scope) loadConfigMap(e *entry) (any, error) {
	if s.engine.options.ConfigMaps == nil {
		return nil, errors.New("a ConfigmapResolver is required")
	}
	name, err := s.substituteText(e.ConfigMap.Name)
	if err != nil {
		return nil, fmt.Errorf("failed to substitute variables in context %s configMap.name %s: %w", e.Name, e.ConfigMap.Name, err)
	}
	namespace, err := s.substituteText(e.ConfigMap.Namespace)
	if err != nil {
		return nil, fmt.Errorf("failed to substitute variables in context %s configMap.namespace %s: %w", e.Name, e.ConfigMap.Namespace, err)
	}
	own := s.policy.Namespace()
	if namespace == "" {
		if namespace = own; own == "" {
			namespace = "default"
		}
	}
	if own != "" && namespace != own {
		return nil, fmt.Errorf("context entry %s: configMap namespace %q is different from policy namespace %q", e.Name, namespace, own)
	}
	configMap, err := s.engine.options.ConfigMaps.ConfigMap(s.ctx, namespace, name)
	if err != nil {
		return nil, fmt.Errorf("failed to get configmap %s/%s : %w", namespace, name, err)
	}
	return untyped(map[string]any{"data": configMap.Data, "metadata": configMap.ObjectMeta})
}

// untyped turns a typed value into a JSON value.
func untyped(value any) (any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(data, &out)
	return out, err
}
