package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
)

// call is an apiCall with its variables replaced.
type call struct {
	path, service, jmesPath string
	body                    []byte
}

// loadAPICall fetches from the Kubernetes API or from a service, and evaluates jmesPath on the answer.
func (s *scope) loadAPICall(e *entry) (any, error) {
	c, err := s.resolveCall(e)
	if err == nil {
		err = s.ownNamespace(c)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to fetch data for APICall: %w", err)
	}
	data, err := s.fetch(e, c)
	if err != nil {
		if e.APICall.Default != nil {
			return e.APICall.Default, nil
		}
		return nil, fmt.Errorf("failed to fetch data for APICall: %w", err)
	}
	value, err := s.answer(e, c, data)
	if err != nil {
		return nil, fmt.Errorf("failed to store data for APICall: %w", err)
	}
	return value, nil
}

// resolveCall replaces the variables of a call.
func (s *scope) resolveCall(e *entry) (c call, err error) {
	for _, text := range []struct {
		from string
		to   *string
	}{{e.APICall.URLPath, &c.path}, {e.service(), &c.service}, {e.APICall.JMESPath, &c.jmesPath}} {
		if *text.to, err = s.substituteText(text.from); err != nil {
			break
		}
	}
	if err == nil {
		c.body, err = s.callBody(e)
	}
	if err != nil {
		return c, fmt.Errorf("failed to substitute variables in context entry %s %s: %w", e.Name, e.APICall.URLPath, err)
	}
	return c, nil
}

// service is the address that a call of a service has.
func (e *entry) service() string {
	if e.APICall.Service == nil {
		return ""
	}
	return e.APICall.Service.URL
}

// namespacePathRE finds the namespace in a path of the Kubernetes API.
var namespacePathRE = regexp.MustCompile(`^/apis?/.*?/namespaces/([^/]+)/?.*$`)

// ownNamespace lets a Policy read only in its own namespace.
func (s *scope) ownNamespace(c call) error {
	own := s.policy.Namespace()
	if own == "" {
		return nil
	}
	clean, err := url.PathUnescape(c.path)
	if err != nil {
		clean = c.path
	}
	clean = path.Clean(clean)
	switch found := namespacePathRE.FindStringSubmatch(clean); {
	case found == nil:
		return fmt.Errorf("path %s does not contain a namespace segment, which is required for namespaced policies", clean)
	case found[1] != own:
		return fmt.Errorf("path %s refers to namespace %s, which is different from the policy namespace %s", clean, found[1], own)
	}
	return nil
}

// fetch makes the call.
func (s *scope) fetch(e *entry, c call) ([]byte, error) {
	caller := s.engine.options.APICall
	if caller == nil {
		return nil, fmt.Errorf("context entry %s: the Kubernetes API cannot be called here", e.Name)
	}
	method := cmp.Or(e.APICall.Method, "GET")
	switch {
	case c.path != "":
		data, err := caller.Call(s.ctx, method, c.path, c.body)
		if err != nil {
			return nil, fmt.Errorf("failed to %s resource with raw url: %s: %w", method, c.path, err)
		}
		return data, nil
	case e.APICall.Service == nil:
		return nil, fmt.Errorf("missing service for APICall %s", e.Name)
	}
	data, err := caller.Call(s.ctx, method, c.service, c.body)
	if err != nil {
		return nil, fmt.Errorf("failed to execute HTTP request for APICall %s: %w", e.Name, err)
	}
	return data, nil
}

// answer is what a call's entry is, made from what was fetched.
func (s *scope) answer(e *entry, c call, data []byte) (any, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("failed to add resource data to context entry %s: %w", e.Name, err)
	}
	if c.jmesPath == "" {
		return value, nil
	}
	found, err := s.search(c.jmesPath, value)
	if err != nil {
		return nil, fmt.Errorf("failed to apply JMESPath %s for context entry %s: %w", c.jmesPath, e.Name, err)
	}
	return found, nil
}

// callBody makes the body of a call from the entry's data.
func (s *scope) callBody(e *entry) ([]byte, error) {
	if len(e.APICall.Data) == 0 {
		return nil, nil
	}
	fields := map[string]any{}
	for _, pair := range e.APICall.Data {
		value, err := s.substitute(pair)
		if err != nil {
			return nil, err
		}
		if pair, ok := value.(map[string]any); ok {
			fields[fmt.Sprint(pair["key"])] = pair["value"]
		}
	}
	return json.Marshal(fields)
}
