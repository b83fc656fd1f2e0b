package apply

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/cli/process"
)

// printObject writes an object or a list as YAML, or as JSON.
func (r *runner) printObject(object any) {
	marshal := yaml.Marshal
	if r.flags.format == "json" {
		marshal = marshalOrdered
	}
	data, err := marshal(object)
	if err != nil {
		data = []byte(err.Error()) // cannot be: the object is made of texts and numbers
	}
	fmt.Fprint(r.out, string(data))
}

// printExceptions writes a policy exception for each failure of a cluster's policy.
func (r *runner) printExceptions() {
	for i := range r.responses {
		response := &r.responses[i]
		if response.Policy.Namespace() != "" {
			continue
		}
		for j := range response.Rules {
			rule := &response.Rules[j]
			if response.Shown(rule, r.flags.auditWarn) != engine.Fail {
				continue
			}
			fmt.Fprint(r.out, "---\n")
			r.printObject(r.exception(response, rule))
			fmt.Fprint(r.out, "\n")
		}
	}
}

// exception exempts one resource, and the pods that it makes, from one rule.
func (r *runner) exception(response *process.Response, rule *engine.RuleResult) map[string]any {
	resource, name := response.Resource, rule.Rule
	kinds, names, rules := []any{resource.GetKind()}, []any{resource.GetName()}, []any{name}
	if strings.HasPrefix(name, "autogen-") {
		if own, ok := strings.CutPrefix(name, "autogen-cronjob-"); ok && resource.GetKind() == "CronJob" {
			kinds, rules = append(kinds, "Job", "Pod"), append(rules, "autogen-"+own, own)
		} else {
			kinds, rules = append(kinds, "Pod"), append(rules, strings.TrimPrefix(name, "autogen-"))
		}
		names = append(names, resource.GetName()+"-*")
	}
	metadata := map[string]any{"name": strings.Join([]string{response.Policy.Key(), name, resource.GetNamespace(), resource.GetName()}, "-")}
	if r.flags.ttl > 0 {
		metadata["labels"] = map[string]any{"cleanup.kyverno.io/ttl": r.flags.ttl.String()}
	}
	spec := map[string]any{
		"exceptions": []any{map[string]any{"policyName": response.Policy.Key(), "ruleNames": rules}},
		"match": map[string]any{"all": []any{map[string]any{
			"resources": map[string]any{"kinds": kinds, "names": names, "namespaces": []any{resource.GetNamespace()}},
		}}},
	}
	if controls := exempted(rule.Properties["controlsJSON"]); len(controls) > 0 {
		spec["podSecurity"] = controls
	}
	return map[string]any{"apiVersion": "kyverno.io/v2beta1", "kind": "PolicyException", "metadata": metadata, "spec": spec}
}

var tagRE = regexp.MustCompile(":.*|@.*")

// exempted are the controls of a podSecurity failure as an exception writes them, for every tag of their images.
func exempted(controlsJSON string) []any {
	var controls []struct {
		Name   string   `json:"name"`
		Images []string `json:"images"`
	}
	if json.Unmarshal([]byte(controlsJSON), &controls) != nil {
		return nil
	}
	var out []any
	for _, c := range controls {
		one := map[string]any{"controlName": c.Name}
		if c.Images != nil {
			images := make([]any, len(c.Images))
			for i, image := range c.Images {
				images[i] = tagRE.ReplaceAllString(image, "*")
			}
			one["images"] = images
		}
		out = append(out, one)
	}
	return out
}
