package engine

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Blocked says whether the results of validate rules deny the request, and the text of the denial: what follows
// "denied the request: " in the API server's answer, from its two line feeds to its last.
//
// A failed rule that enforces denies, and an error in a rule that could deny, unless the policy's failurePolicy is
// Ignore. The text names every failed or broken rule that Kyverno evaluates before it answers, whichever of them denied;
// policies and rules are sorted, long lines are not folded.
func Blocked(results []PolicyResult) (message string, blocked bool) {
	if !slices.ContainsFunc(results, denies) {
		return "", false
	}
	failures := map[string]map[string]string{}
	for _, result := range results {
		for _, r := range result.Rules {
			if !r.Matched || !r.Enforced || r.Status == Pass || r.Status == Skip {
				continue
			}
			name := result.Policy.Name()
			if failures[name] == nil {
				failures[name] = map[string]string{}
			}
			failures[name][r.Rule] = r.Message
		}
	}
	return fmt.Sprintf("\n\nresource %s was blocked due to the following policies \n\n%s", results[0].Resource, toYAML(failures)), true
}

// denies says whether one policy denies the request.
func denies(result PolicyResult) bool {
	return slices.ContainsFunc(result.Rules, func(r RuleResult) bool {
		if !r.Matched || !r.Enforced {
			return false
		}
		return r.Status == Fail && r.Action == Enforce || r.Status == Error && !result.Policy.FailurePolicyIgnore()
	})
}

// Warnings returns the texts of the warnings that a request earns which was not denied.
func Warnings(results []PolicyResult) []string {
	var warnings []string
	for _, result := range results {
		for _, r := range result.Rules {
			if r.Matched && r.EmitWarning {
				warnings = append(warnings, fmt.Sprintf("policy %s.%s: %s", result.Policy.Name(), r.Rule, r.Message))
			}
		}
	}
	return warnings
}

// toYAML writes a denial's failures as Kyverno 1.19 does.
func toYAML(failures map[string]map[string]string) string {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(failures)
	if closing := encoder.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Sprintf("failed to encode failures: %v\n", err)
	}
	return out.String()
}

// resourceName is the request's resource as denials write it; the namespace of cluster-scoped kinds is empty.
func resourceName(req *Request) string {
	resource := req.Resource()
	return fmt.Sprintf("%s/%s/%s", resource.GetKind(), resource.GetNamespace(), resource.GetName())
}
