package inspect

import (
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Change is something that could be changed, of a policy or of a namespace. Empty fields stay as they are.
type Change struct {
	Policy        string // key: "name" or "namespace/name"
	Action        string // of all its rules: Audit or Enforce
	Level         string // of its podSecurity rules: baseline, restricted, privileged
	Version       string // of its podSecurity rules: "latest", "v1.29"
	FailurePolicy string // Fail or Ignore
	// Exempt has a PolicyException for the policy: an object by kind, namespace and name ("nginx*"), or a whole namespace
	// when there is no name.
	Exempt *Ref

	Namespace string
	// Labels are labels of the namespace; an empty value takes one away.
	Labels map[string]string
}

// apply makes the change to a copy of the rules.
func (c Change) apply(r *rules) (*rules, error) {
	out := r.copied()
	if c.Namespace != "" {
		labels, ok := r.namespaces[c.Namespace]
		if !ok {
			return nil, fmt.Errorf("change namespace %s: it is not there", c.Namespace)
		}
		out.namespaces[c.Namespace] = labelled(labels, c.Labels)
	}
	if c.Policy == "" {
		return out, nil
	}
	object := r.policy(c.Policy)
	if object == nil {
		return nil, fmt.Errorf("change policy %s: it is not there", c.Policy)
	}
	object = object.DeepCopy()
	c.edit(object)
	out.replace(object)
	if c.Exempt != nil {
		out.exceptions = append(out.exceptions, c.exception())
	}
	return out, nil
}

func labelled(labels, changes map[string]string) map[string]string {
	out := maps.Clone(labels)
	if out == nil {
		out = map[string]string{}
	}
	for key, value := range changes {
		if value == "" {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}

// edit changes the policy.
func (c Change) edit(policy *unstructured.Unstructured) {
	spec, _ := policy.Object["spec"].(map[string]any)
	if spec == nil {
		return
	}
	if c.Action != "" {
		delete(spec, "validationFailureAction")
		delete(spec, "validationFailureActionOverrides")
	}
	if c.FailurePolicy != "" {
		delete(spec, "failurePolicy")
		setField(spec, c.FailurePolicy, "webhookConfiguration", "failurePolicy")
	}
	rules, _ := spec["rules"].([]any)
	for _, raw := range rules {
		if rule, ok := raw.(map[string]any); ok {
			c.editRule(rule)
		}
	}
}

func (c Change) editRule(rule map[string]any) {
	if validate, ok := rule["validate"].(map[string]any); ok {
		if c.Action != "" {
			delete(validate, "failureActionOverrides")
			validate["failureAction"] = c.Action
		}
		if standard, ok := validate["podSecurity"].(map[string]any); ok {
			set(standard, "level", c.Level)
			set(standard, "version", c.Version)
		}
	}
	images, _ := rule["verifyImages"].([]any)
	for _, raw := range images {
		if verify, ok := raw.(map[string]any); ok {
			set(verify, "failureAction", c.Action)
		}
	}
}

func set(object map[string]any, key, value string) {
	if value != "" {
		object[key] = value
	}
}

// setField sets a field below others, which are made.
func setField(object map[string]any, value string, path ...string) {
	for _, key := range path[:len(path)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[key] = inner
		}
		object = inner
	}
	object[path[len(path)-1]] = value
}

// exception is the PolicyException that exempts.
func (c Change) exception() *unstructured.Unstructured {
	resources := map[string]any{"kinds": []any{"*"}}
	if c.Exempt.Kind != "" {
		resources["kinds"] = []any{c.Exempt.Kind}
	}
	if c.Exempt.Namespace != "" {
		resources["namespaces"] = []any{c.Exempt.Namespace}
	}
	if c.Exempt.Name != "" {
		resources["names"] = []any{c.Exempt.Name}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kyverno.io/v2", "kind": "PolicyException",
		"metadata": map[string]any{"name": "what-if", "namespace": kyvernoNamespace},
		"spec": map[string]any{
			"exceptions": []any{map[string]any{"policyName": c.Policy, "ruleNames": []any{"*"}}},
			"match":      map[string]any{"any": []any{map[string]any{"resources": resources}}},
		},
	}}
}

// cutKey splits the key of a Policy.
func cutKey(key string) (namespace, name string, ok bool) { return strings.Cut(key, "/") }
