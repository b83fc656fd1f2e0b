package process_test

import (
	"bytes"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
)

// FuzzVerdicts draws a policy and a pod and looks for a verdict that breaks a law: it is the same twice, and what is known
// of it follows from the verdicts of related policies and resources. The seeds are those whose verdicts were recorded.
func FuzzVerdicts(f *testing.F) {
	for i := range 50 {
		f.Add(policySeed(i), resourceSeed(i%recordedResources))
	}
	judge := newJudge(f)
	f.Fuzz(func(t *testing.T, policySeed, resourceSeed []byte) {
		metadata, spec := drawPod(&dice{resourceSeed}, "-0")
		c := &lawCase{T: t, judge: judge, policy: drawPolicy(&dice{policySeed}, "p"), objects: owners(metadata, spec)}
		if judge.compile(c.policy) == nil {
			return // Kyverno refuses it
		}
		for _, object := range c.objects {
			c.parsed = append(c.parsed, judge.parse(t, object))
		}
		c.said = c.all(c.policy)
		c.twice()
		c.excluded()
		c.alternatives()
		c.unmet()
		c.enforced()
		c.generated()
	})
}

// lawCase is a policy, a pod with those that own one like it, and what the policy says of each.
type lawCase struct {
	*testing.T
	judge   *judge
	policy  fields
	objects []fields
	parsed  []*unstructured.Unstructured
	said    []verdict
}

// all judges the objects.
func (c *lawCase) all(policy fields) []verdict {
	c.Helper()
	compiled := c.judge.compile(policy)
	if compiled == nil {
		return nil
	}
	var out []verdict
	for _, object := range c.parsed {
		out = append(out, c.judge.verdict(c, compiled, object))
	}
	return out
}

// changed is a copy of the policy whose rule was changed.
func (c *lawCase) changed(change func(rule fields)) fields {
	c.Helper()
	var out fields
	if err := yaml.Unmarshal(bytes.TrimPrefix(marshal(c, c.policy), []byte("---\n")), &out); err != nil {
		c.Fatal(err)
	}
	spec, _ := out["spec"].(fields)
	rules, _ := spec["rules"].([]any)
	rule, _ := rules[0].(fields)
	change(rule)
	return out
}

func (c *lawCase) want(law string, policy fields, want []verdict) {
	c.Helper()
	got := c.all(policy)
	if got == nil {
		return // Kyverno refuses the changed policy
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		c.Errorf("%s (-want +got):\n%s\n%s%s", law, diff, marshal(c, policy), marshal(c, c.objects...))
	}
}

// none is the verdict of nothing on every object.
func (c *lawCase) none() []verdict {
	out := make([]verdict, len(c.objects))
	for i := range out {
		out[i] = verdict{}
	}
	return out
}

func (c *lawCase) twice() { c.want("the same policy says the same", c.policy, c.said) }

// excluded: an exclusion that holds leaves nothing to say, whatever else is excluded, and one that does not changes nothing.
func (c *lawCase) excluded() {
	exclude := func(namespace string) fields {
		return c.changed(func(rule fields) {
			have, _ := rule["exclude"].(fields)
			blocks, _ := have["any"].([]any)
			rule["exclude"] = fields{"any": append(blocks, fields{"resources": fields{"namespaces": []any{namespace}}})}
		})
	}
	c.want("what is excluded is not judged", exclude("*"), c.none())
	if c.excludesAny() {
		c.want("an exclusion of others changes nothing", exclude("elsewhere"), c.said)
	}
}

// excludesAny says whether blocks can be added to what the rule excludes: it excludes nothing, or any of a list.
func (c *lawCase) excludesAny() (ok bool) {
	c.changed(func(rule fields) {
		have, there := rule["exclude"].(fields)
		_, list := have["any"]
		ok = !there || list
	})
	return ok
}

// alternatives: with a block of any that never holds the rule matches what it did.
func (c *lawCase) alternatives() {
	c.want("an alternative that never holds changes nothing", c.changed(func(rule fields) {
		match, _ := rule["match"].(fields)
		if blocks, ok := match["any"].([]any); ok {
			never := fields{"resources": fields{"kinds": []any{"Secret"}, "namespaces": []any{"elsewhere"}}}
			match["any"] = append(blocks, never)
		}
	}), c.said)
}

// unmet: a precondition that does not hold skips the rule wherever it matched; one that holds changes nothing.
func (c *lawCase) unmet() {
	demand := func(value string) fields {
		return c.changed(func(rule fields) {
			conditions, _ := rule["preconditions"].(fields)
			if conditions == nil {
				conditions = fields{}
			}
			all, _ := conditions["all"].([]any)
			// It comes first: a condition after it that cannot be evaluated does not count any more.
			conditions["all"] = append([]any{fields{"key": "a", "operator": "Equals", "value": value}}, all...)
			rule["preconditions"] = conditions
		})
	}
	c.want("a precondition that holds changes nothing", demand("a"), c.said)
	for i, verdict := range c.all(demand("b")) {
		for rule, status := range verdict {
			if before := c.said[i][rule]; status != engine.Skip && (status != engine.Error || before != engine.Error) {
				c.Errorf("%s is %s, it was %s before an unmet precondition\n%s", rule, status, before, marshal(c, c.policy))
			}
		}
	}
}

// enforced: what a failure does to a request changes nothing about the verdict.
func (c *lawCase) enforced() {
	c.want("enforcement changes no verdict", c.changed(func(rule fields) {
		validate, _ := rule["validate"].(fields)
		validate["failureAction"] = "Enforce"
	}), c.said)
}

// generated: the rules that are generated for controllers say of them what the rule says of the bare pod.
func (c *lawCase) generated() {
	for i, rule := range []string{"r", "autogen-r", "autogen-cronjob-r"} {
		status, ok := c.said[i][rule]
		if pod, there := c.said[0]["r"]; ok && there && pod != status {
			c.Errorf("%s says %s of %s, of the pod r says %s\n%s%s", rule, status, c.objects[i]["kind"], pod, marshal(c, c.policy), marshal(c, c.objects...))
		}
	}
}
