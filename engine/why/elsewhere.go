package why

import (
	"fmt"
	"strings"

	"podsec/engine"
)

// elsewhere lists the rules that are not decided here.
func (p *pass) elsewhere() {
	for _, policy := range p.explainer.policies {
		source := p.explainer.sources[policy]
		spec, _ := source.Object.Object["spec"].(map[string]any)
		rules, _ := spec["rules"].([]any)
		for i, raw := range rules {
			if rule, ok := raw.(map[string]any); ok {
				p.explanation.Elsewhere = append(p.explanation.Elsewhere, p.others(policy, rule, fmt.Sprintf("spec.rules[%d]", i))...)
			}
		}
	}
}

// others are what a rule does that is not decided while the request waits, or not here.
func (p *pass) others(policy *engine.Policy, rule map[string]any, path string) []Rule {
	var out []Rule
	source := p.explainer.sources[policy]
	note := func(t engine.RuleType, block, message string) {
		name, _ := rule["name"].(string)
		r := Rule{Policy: policy.Key(), Name: name, Path: path, Type: t, Outcome: NotDecided, Message: message}
		r.At, _ = source.Place(strings.TrimSuffix(path+"."+block, "."))
		out = append(out, r)
	}
	if rule["verifyImages"] != nil && !p.explainer.verifies {
		note(engine.ImageVerify, "verifyImages", "needs the signatures in the image's registry")
	}
	if rule["generate"] != nil {
		note(engine.Generation, "generate", "makes other objects after the request and denies nothing")
	}
	if mutate, ok := rule["mutate"].(map[string]any); ok && mutate["targets"] != nil {
		note(engine.Mutation, "mutate.targets", "changes other objects after the request and denies nothing")
	}
	return out
}
