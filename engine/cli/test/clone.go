package test

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/process"
)

// clones loads the resources that generate rules may copy: cloneSourceResource of the results about the rule.
func (s *setup) clones(policies []*engine.Policy) map[string][]*unstructured.Unstructured {
	out := map[string][]*unstructured.Unstructured{}
	for _, policy := range policies {
		if !policy.Has(engine.Generation) {
			continue
		}
		for _, result := range s.test.Results {
			namespace, name, ok := strings.Cut(result.Policy, "/")
			if !ok {
				namespace, name = "", result.Policy
			}
			if policy.Name() != name || policy.Namespace() != namespace || result.CloneSourceResource == "" {
				continue
			}
			data, err := s.runner.options.Source.Read(s.path(result.CloneSourceResource))
			if err != nil {
				s.runner.say("failed to get resource bytes")
				continue
			}
			objects, err := files.Resources(result.CloneSourceResource, data)
			if err != nil {
				s.runner.say("failed to convert resource bytes to unstructured format")
				continue
			}
			key := process.CloneKey(policy, result.Rule)
			if _, done := out[key]; !done {
				out[key] = objects
			}
		}
	}
	return out
}
