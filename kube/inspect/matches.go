package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/why"
)

// PolicyView is a policy to be read.
type PolicyView struct {
	Key    string // "name", or "namespace/name" of a Policy
	YAML   string // without managed fields and status
	Status string // YAML of the status without the generated rules, "" for none
	// Generated are the rules that Kyverno made for pod controllers, as it wrote them to the status.
	Generated []GeneratedRule
	Actions   []string // as in State
	Failure   string   // failurePolicy: Fail or Ignore
	// Level and Version are those of its first podSecurity rule, "" when it has none.
	Level, Version string
	Ready          bool
	Message        string // of the condition Ready
	Events         []Event
}

// GeneratedRule is a rule that Kyverno made of a written one.
type GeneratedRule struct{ Name, YAML string }

// Match is what a policy says of one object.
type Match struct {
	Ref
	Verdict Verdict
	Rules   []RuleVerdict // those that look at the object
}

// RuleVerdict is what one rule says of one object.
type RuleVerdict struct {
	Rule    string
	Outcome why.Outcome
	Message string
}

// Matches is what a policy looks at now.
type Matches struct {
	Found []Match
	Owned int // objects left out, since a controller that is judged itself made them
}

// Policy reads a policy by its key.
func (c *Cluster) Policy(ctx context.Context, key string) (PolicyView, error) {
	object, err := c.get(ctx, policyRef(key))
	if err != nil {
		return PolicyView{}, err
	}
	v := PolicyView{Key: key, Failure: "Fail"}
	if policy, err := engine.Compile(object); err == nil {
		for _, a := range policy.Actions() {
			v.Actions = append(v.Actions, string(a))
		}
		if policy.FailurePolicyIgnore() {
			v.Failure = "Ignore"
		}
	}
	if v.Events, err = c.events(ctx, object); err != nil {
		return PolicyView{}, err
	}
	if err := v.status(object); err != nil {
		return PolicyView{}, err
	}
	v.Level, v.Version = standard(object)
	asSubmitted(object)
	v.YAML, err = manifest(object.Object)
	return v, err
}

// standard is the level and version of a policy's first podSecurity rule.
func standard(policy *unstructured.Unstructured) (level, version string) {
	rules, _, _ := unstructured.NestedSlice(policy.Object, "spec", "rules")
	for _, raw := range rules {
		rule, _ := raw.(map[string]any)
		if found, ok, _ := unstructured.NestedMap(rule, "validate", "podSecurity"); ok {
			level, _ = found["level"].(string)
			version, _ = found["version"].(string)
			return level, cmp.Or(version, "latest")
		}
	}
	return "", ""
}

// status takes the status apart.
func (v *PolicyView) status(object *unstructured.Unstructured) error {
	status, _, _ := unstructured.NestedMap(object.Object, "status")
	generated, _, _ := unstructured.NestedSlice(status, "autogen", "rules")
	for _, raw := range generated {
		rule, _ := raw.(map[string]any)
		text, err := manifest(rule)
		if err != nil {
			return err
		}
		name, _ := rule["name"].(string)
		v.Generated = append(v.Generated, GeneratedRule{Name: name, YAML: text})
	}
	conditions, _, _ := unstructured.NestedSlice(status, "conditions")
	for _, raw := range conditions {
		if condition, _ := raw.(map[string]any); condition["type"] == "Ready" {
			v.Ready = condition["status"] == "True"
			v.Message, _ = condition["message"].(string)
		}
	}
	delete(status, "autogen")
	if len(status) == 0 {
		return nil
	}
	var err error
	v.Status, err = manifest(status)
	return err
}

// policyRef names a policy by its key.
func policyRef(key string) Ref {
	if namespace, name, ok := cutKey(key); ok {
		return Ref{Kind: "policies.v1.kyverno.io", Namespace: namespace, Name: name}
	}
	return Ref{Kind: "clusterpolicies.v1.kyverno.io", Name: key}
}

// Matches judges every object that a policy looks at by that policy alone.
func (c *Cluster) Matches(ctx context.Context, key string) (Matches, error) {
	all, err := c.rules(ctx)
	if err != nil {
		return Matches{}, err
	}
	object := all.policy(key)
	if object == nil {
		return Matches{}, fmt.Errorf("judge by policy %s: it is not there any more", key)
	}
	policy, err := engine.Compile(object)
	if err != nil {
		return Matches{}, fmt.Errorf("judge by policy %s: %w", key, err)
	}
	alone := all.copied()
	alone.policies, alone.only = []*unstructured.Unstructured{object}, true
	judged, err := roots(ctx, c, matchedKinds(policy), object.GetNamespace(), func(d *document.Document) (Match, error) {
		e, err := alone.explain(ctx, d)
		if err != nil {
			return Match{}, err
		}
		return matchOf(d.Object, e), nil
	})
	return Matches{Owned: judged.owned, Found: slices.DeleteFunc(judged.all, func(m Match) bool { return len(m.Rules) == 0 })}, err
}

// matchOf keeps of an explanation the rules that look at the object.
func matchOf(object *unstructured.Unstructured, e *why.Explanation) Match {
	m := Match{Ref: refOf(object), Verdict: judge(e).Verdict}
	for _, rules := range [][]why.Rule{e.Mutate, e.Images, e.Validate} {
		for _, r := range rules {
			if r.Outcome != why.NoMatch {
				m.Rules = append(m.Rules, RuleVerdict{Rule: r.Name, Outcome: r.Outcome, Message: r.Message})
			}
		}
	}
	return m
}
