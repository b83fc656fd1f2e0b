package test

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/manifest"
	"podsec/engine/cli/process"
)

// outcome is what the policies of a test said of its resources.
type outcome struct {
	trigger responses
	// byOperation are the answers to requests of an operation that a result asks for.
	byOperation map[string]responses
	// target are the answers that changed existing resources, by those.
	target responses
	// invalid are the policies that were left out, and why.
	invalid map[string]string
}

// responses are answers by resource key, in the order of the resources.
type responses struct {
	keys  []string
	byKey map[string][]process.Response
}

func (r *responses) add(key string, answers ...process.Response) {
	if r.byKey == nil {
		r.byKey = map[string][]process.Response{}
	}
	if _, ok := r.byKey[key]; !ok {
		r.keys = append(r.keys, key)
	}
	r.byKey[key] = append(r.byKey[key], answers...)
}

// key names a resource: "apiVersion,kind,namespace,name".
func key(o *unstructured.Unstructured) string {
	return strings.Join([]string{o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName()}, ",")
}

// checker compares an outcome with the results that a test expects.
type checker struct {
	runner  *runner
	outcome *outcome
	folder  string // of the test file
	next    int    // number of the next row
}

// all checks every result and returns the rows of the table.
func (c *checker) all(results []manifest.Result) []row {
	var rows []row
	for i := range results {
		result := &results[i]
		trigger := c.outcome.trigger
		if result.Operation != "" {
			trigger = c.outcome.byOperation[result.Operation]
		}
		for _, key := range c.keys(result, trigger) {
			rows = append(rows, c.resource(result, trigger, key)...)
		}
	}
	return rows
}

// keys are the resources that a result is about: those it names, or all.
func (c *checker) keys(result *manifest.Result, trigger responses) []string {
	known := slices.Concat(c.outcome.target.keys, trigger.keys)
	if result.Resources == nil {
		return known
	}
	var keys []string
	for _, name := range result.Resources {
		namespace, bare, qualified := strings.Cut(name, "/")
		for _, k := range known {
			parts := strings.Split(k, ",")
			n := len(parts)
			if !qualified && name == parts[n-1] || qualified && namespace == parts[n-2] && bare == parts[n-1] {
				keys = append(keys, k)
			}
		}
	}
	for _, spec := range result.ResourceSpecs {
		apiVersion := spec.Version
		if spec.Group != "" {
			apiVersion = spec.Group + "/" + spec.Version
		}
		for _, k := range known {
			parts := strings.Split(k, ",")
			n := len(parts)
			if parts[0] == apiVersion && parts[n-2] == spec.Namespace && parts[n-1] == spec.Name {
				keys = append(keys, k)
			}
		}
	}
	if len(keys) == 0 {
		return known
	}
	return keys
}

// resource checks a result for one resource.
func (c *checker) resource(result *manifest.Result, trigger responses, key string) []row {
	var rows []row
	passedOver := false // a resource without expectation in the file of patched resources
	name := strings.ReplaceAll(key, ",", "/")
	for i := range trigger.byKey[key] {
		response := &trigger.byKey[key][i]
		if response.Policy.Name() != lastPart(result.Policy) {
			continue
		}
		for _, rule := range response.Rules {
			if result.Rule != "" && process.HasRules(response.Policy.Object().GetKind()) && !isRule(rule.Rule, result.Rule) {
				continue
			}
			more, skip := c.rule(result, response, &rule, name)
			passedOver = passedOver || skip
			rows = append(rows, more...)
		}
		if len(rows) == 0 && !passedOver {
			rows = append(rows, c.excluded(result, name))
		}
	}
	for i := range c.outcome.target.byKey[key] {
		rows = append(rows, c.changed(result, &c.outcome.target.byKey[key][i], key, name)...)
	}
	if len(rows) == 0 && !passedOver {
		rows = append(rows, c.missing(result, name))
	}
	return rows
}

// isRule says whether a rule is the expected one, or was generated from it.
func isRule(name, expected string) bool {
	return name == expected || name == "autogen-"+expected || name == "autogen-cronjob-"+expected
}

func lastPart(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// rule checks what one rule said. skip says that the resource is none of the test's.
func (c *checker) rule(result *manifest.Result, response *process.Response, rule *engine.RuleResult, name string) (rows []row, skip bool) {
	if rule.Type == engine.Generation {
		if len(rule.Generated) == 0 {
			return []row{c.row(result, rule.Rule, name, verdict(result, response, rule))}, false
		}
		for _, object := range rule.Generated {
			rows = append(rows, c.row(result, rule.Rule, object.GetName(), c.compare(result, response, rule, object)))
		}
		return rows, false
	}
	object := response.Resource
	if rule.Type == engine.Mutation {
		object = response.Patched
	}
	found := c.compare(result, response, rule, object)
	if !result.FailOnMissingResources && strings.Contains(found.message, "not found in manifest") {
		return nil, true
	}
	return []row{c.row(result, rule.Rule, name, found)}, false
}

// changed checks an existing resource that a rule changed.
func (c *checker) changed(result *manifest.Result, response *process.Response, key, name string) []row {
	for i := range response.Rules {
		rule := &response.Rules[i]
		if rule.Target != nil && sameTarget(rule.Target, key) {
			return []row{c.row(result, rule.Rule, name, c.compare(result, response, rule, rule.Target))}
		}
	}
	return nil
}

// finding is the outcome of one comparison.
type finding struct {
	ok              bool
	message, reason string
}

// verdict compares a rule's status with the expected one.
func verdict(result *manifest.Result, response *process.Response, rule *engine.RuleResult) finding {
	status := response.Policy.ReportStatus(rule.Status)
	message := process.Description(status, rule)
	if string(status) != result.Result {
		return finding{message: message, reason: fmt.Sprintf("Want %s, got %s", result.Result, status)}
	}
	return finding{ok: true, message: message, reason: "Ok"}
}

// row makes the row of a finding, and counts it.
func (c *checker) row(result *manifest.Result, rule, name string, f finding) row {
	p := c.runner.palette
	r := c.named(result, rule, name)
	r.reason, r.message, r.failed = f.reason, f.message, !f.ok
	switch {
	case !f.ok:
		r.result = p.Red("Fail")
		c.runner.counts.fail++
	case result.Result == "skip":
		r.result = p.Green("Pass")
		c.runner.counts.skip++
	default:
		r.result = p.Green("Pass")
		c.runner.counts.pass++
	}
	return r
}

// named starts a row, with the next number.
func (c *checker) named(result *manifest.Result, rule, name string) row {
	p := c.runner.palette
	kind, last := "", name
	if i := strings.LastIndex(name, "/"); i >= 0 {
		kind, last = name[:i], name[i+1:]
	}
	c.next++
	return row{
		id: c.next - 1, policy: p.Policy(result.Policy), rule: p.Cyan(rule), resource: p.Resource(kind, last),
	}
}

// excluded is the row of a policy that had nothing to say about the resource, which passes.
func (c *checker) excluded(result *manifest.Result, name string) row {
	p := c.runner.palette
	r := c.named(result, result.Rule, name)
	r.result, r.reason, r.message = p.Green("Pass"), p.Yellow("Excluded"), p.Yellow("Excluded")
	c.runner.counts.skip++
	return r
}

// missing is the row of a result whose policy was left out as invalid, or was not there.
func (c *checker) missing(result *manifest.Result, name string) row {
	p := c.runner.palette
	r := c.named(result, result.Rule, name)
	if why, ok := c.outcome.invalid[lastPart(result.Policy)]; ok {
		r.result, r.reason, r.message = p.Cyan("Skip"), p.Yellow("Invalid Policy"), why
		c.runner.counts.skip++
		return r
	}
	r.result, r.reason, r.message, r.failed = p.Red("Fail"), p.Yellow("Not found"), p.Yellow("Not found"), true
	c.runner.counts.fail++
	return r
}
