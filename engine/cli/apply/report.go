package apply

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/cli/process"
)

// printReports writes one report for the cluster's policies, and one for each policy of a namespace.
func (r *runner) printReports() {
	var clustered []result
	var order []string
	namespaced := map[string][]result{}
	for i := range r.responses {
		response := &r.responses[i]
		key := response.Policy.Key()
		for j := range response.Rules {
			one := result{response, &response.Rules[j]}
			if response.Policy.Namespace() == "" {
				clustered = append(clustered, one)
				continue
			}
			if namespaced[key] == nil {
				order = append(order, key)
			}
			namespaced[key] = append(namespaced[key], one)
		}
	}
	if len(clustered) > 0 {
		r.printReport("ClusterReport", "", "merged", clustered)
	}
	for _, key := range order {
		namespace, name, _ := strings.Cut(key, "/")
		fmt.Fprintln(r.out, "---")
		r.printReport("PolicyReport", namespace, name, namespaced[key])
	}
}

// result is one rule's result of a response.
type result struct {
	response *process.Response
	rule     *engine.RuleResult
}

// printReport writes a report. As YAML its lines are written some at a time: there may be many thousands.
func (r *runner) printReport(kind, namespace, name string, results []result) {
	now := time.Now().Unix()
	lines := func(yield func(map[string]any) bool) {
		for _, one := range results {
			if !yield(process.ReportLine(one.response, one.rule, r.flags.auditWarn, now)) {
				return
			}
		}
	}
	report := process.Report(kind, namespace, name, func(yield func(engine.Status) bool) {
		for _, one := range results {
			if !yield(one.response.Shown(one.rule, r.flags.auditWarn)) {
				return
			}
		}
	})
	if r.flags.format == "json" {
		report["results"] = slices.Collect(lines)
		r.printObject(report)
	} else {
		rest := map[string]any{"source": report["source"], "summary": report["summary"]}
		delete(report, "source")
		delete(report, "summary")
		r.printObject(report)
		fmt.Fprintln(r.out, "results:")
		for some := range slices.Chunk(slices.Collect(lines), 100) {
			r.printObject(some)
		}
		r.printObject(rest)
	}
	fmt.Fprintln(r.out)
}

// printObject writes an object or a list as YAML, or as JSON.
func (r *runner) printObject(object any) {
	marshal := yaml.Marshal
	if r.flags.format == "json" {
		marshal = func(value any) ([]byte, error) { return json.Marshal(value) }
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
