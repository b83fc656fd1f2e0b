package test

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/celpolicy"
	"podsec/engine/cli/process"
)

// celPolicies compiles the policies that are written in CEL.
func (s *setup) celPolicies() (*process.CEL, error) {
	if !s.policies.HasCEL() {
		return nil, nil
	}
	params, err := s.runner.options.Source.Resources(s.runner.out, s.paths(s.test.ParamResources), false)
	if err != nil {
		return nil, fmt.Errorf("error: failed to load parameter resources (%w)", err)
	}
	world, err := s.celWorld(params)
	if err != nil {
		return nil, err
	}
	compiled, err := process.CompileCEL(process.CELSource{
		Policies: s.policies, Params: params, Exceptions: s.polex, World: world, Types: s.runner.options.Types,
		Verifier: s.runner.options.Verifier, Strict: s.world != nil,
	})
	if err != nil && len(s.resources) > 0 {
		return nil, fmt.Errorf("failed to apply policies on resource %v (%w)", s.resources[0].GetName(), err)
	}
	return compiled, err
}

// celWorld is what expressions find: the cluster of the test, or what its context file says.
func (s *setup) celWorld(params []*unstructured.Unstructured) (*celpolicy.World, error) {
	var world *celpolicy.World
	switch {
	case s.world != nil:
		world = process.NewWorld(append(slices.Clone(s.world), params...))
		return world, nil
	case s.test.Context != "":
		var err error
		if world, err = process.ReadWorld(&s.runner.options.Source, s.path(s.test.Context)); err != nil {
			return nil, err
		}
	default:
		world = &celpolicy.World{}
	}
	world.Resources = append(world.Resources, process.NewWorld(s.targets).Resources...)
	world.Globals = s.globals
	var err error
	world.Calls, err = s.calls()
	return world, err
}

// calls are the answers that expressions get to HTTP calls.
func (s *setup) calls() (map[string]any, error) {
	answers := map[string]any{}
	for i := range s.test.APICallResponses {
		response := &s.test.APICallResponses[i]
		var body any
		if err := json.Unmarshal(response.Response.Body.Raw, &body); len(response.Response.Body.Raw) > 0 && err != nil {
			return nil, fmt.Errorf("apiCallResponses %q: invalid body: %w", response.Target(), err)
		}
		status := response.Response.StatusCode
		if status == 0 {
			status = 200
		}
		answers[response.Key()] = map[string]any{"body": body, "statusCode": status}
	}
	return answers, nil
}

// payload is a JSON object that is no resource.
type payload struct {
	name    string
	content map[string]any
}

// loadPayloads reads the payloads of a test: each file holds one object, in JSON or YAML.
func (s *setup) loadPayloads() ([]payload, error) {
	if len(s.test.JSONPayloads) == 0 {
		return nil, nil
	}
	s.runner.say("  Loading JSON payloads ...")
	var payloads []payload
	for _, name := range s.test.JSONPayloads {
		content, err := s.runner.options.Source.Payload(s.path(name))
		if err != nil {
			return nil, fmt.Errorf("error: failed to load JSON payload %s (%w)", name, err)
		}
		switch content := content.(type) {
		case nil:
			return nil, fmt.Errorf("error: JSON payload %s is empty or nil", name)
		case map[string]any:
			payloads = append(payloads, payload{name, content})
		default:
			return nil, fmt.Errorf("error: JSON payload %s must be a top-level object (map)", name)
		}
	}
	return payloads, nil
}
