package labs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// policyCheck wants a Kyverno policy to be there (or not), ready, with given autogen rules or a failure action.
type policyCheck struct {
	Name      string   `lab:"name,required"`
	Kind      string   `lab:"kind"`
	Namespace string   `lab:"namespace"`
	Ready     *bool    `lab:"ready"`
	Absent    bool     `lab:"absent"`
	Autogen   []string `lab:"autogen"`
	Action    string   `lab:"action"`
	gvk       schema.GroupVersionKind
}

func (c *policyCheck) validate(s *strict, n *yaml.Node) {
	if c.Kind == "" {
		c.Kind = "ClusterPolicy"
	}
	c.gvk = schema.GroupVersionKind{Group: "kyverno.io", Version: "v1", Kind: c.Kind}
	switch {
	case c.Kind != "ClusterPolicy" && c.Kind != "Policy":
		s.note(n, "kinds: ClusterPolicy, Policy", "the kind %q is not a policy", c.Kind)
	case (c.Kind == "Policy") != (c.Namespace != ""):
		s.note(n, "", "a Policy needs a namespace, and a ClusterPolicy has none")
	case c.Action != "" && c.Action != "Audit" && c.Action != "Enforce":
		s.note(n, "write Audit or Enforce", "the action %q is not known", c.Action)
	case c.Absent && (c.Ready != nil || len(c.Autogen) > 0 || c.Action != ""):
		s.note(n, "", "a policy that is absent has no other properties")
	}
}

// Title says what is checked.
func (c *policyCheck) Title() string {
	title := "the policy " + c.Name
	if c.Namespace != "" {
		title += " in " + c.Namespace
	}
	switch {
	case c.Absent:
		return title + " is gone"
	case len(c.Autogen) > 0:
		if len(c.Autogen) > 1 {
			return title + " has the generated rules " + strings.Join(c.Autogen, ", ")
		}
		return title + " has the generated rule " + c.Autogen[0]
	case c.Action != "":
		return title + " has the action " + c.Action
	case c.Ready != nil && !*c.Ready:
		return title + " is not ready"
	case c.Ready != nil:
		return title + " is ready"
	}
	return title + " exists"
}

// Judge waits for the policy.
func (c *policyCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	return e.View.until(ctx, query{kind: c.gvk, namespace: c.Namespace, name: c.Name}, c.judge)
}

// decided says that the policy does not become what is wanted by waiting: only a command makes it, or changes its action.
func (c *policyCheck) decided(ctx context.Context, v *View) bool {
	if c.Absent {
		return false
	}
	other := false
	_, err := v.glance().until(ctx, query{kind: c.gvk, namespace: c.Namespace, name: c.Name}, func(objects []*unstructured.Unstructured) string {
		other = len(objects) == 0 || c.Action != "" && !slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool {
			return slices.Equal(failureActions(o), []string{c.Action})
		})
		return ""
	})
	return err == nil && other
}

func (c *policyCheck) judge(objects []*unstructured.Unstructured) string {
	missing := "the policy " + c.Name + " does not exist"
	if c.Absent {
		missing = ""
	}
	for _, o := range objects {
		if missing = c.judgeOne(o); missing == "" {
			return ""
		}
	}
	return missing
}

func (c *policyCheck) judgeOne(o *unstructured.Unstructured) string {
	name := "the policy " + o.GetName()
	if c.Absent {
		return name + " is still there"
	}
	if ready := policyReady(o); c.Ready != nil && ready != *c.Ready {
		if ready {
			return name + " is ready"
		}
		return name + " is not ready yet"
	}
	rules := autogenRules(o)
	for _, rule := range c.Autogen {
		if !slices.Contains(rules, rule) {
			return fmt.Sprintf("%s has no generated rule %s (it has %s)", name, rule, orWord(strings.Join(rules, ", "), "none"))
		}
	}
	actions := failureActions(o)
	switch {
	case c.Action == "" || slices.Equal(actions, []string{c.Action}):
		return ""
	case len(actions) == 0:
		return name + " has no rule that validates"
	}
	return name + " has the action " + strings.Join(actions, " and ")
}

// policyReady looks at the condition that Kyverno's webhook controller sets.
func policyReady(o *unstructured.Unstructured) bool {
	status, _ := condition(o, "Ready")
	return status == "True"
}

func autogenRules(o *unstructured.Unstructured) []string {
	rules, _, _ := unstructured.NestedSlice(o.Object, "status", "autogen", "rules")
	var names []string
	for _, rule := range rules {
		if m, ok := rule.(map[string]any); ok {
			if name, ok := m["name"].(string); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// failureActions gives the actions of the policy's validate rules, each once: a rule's own failureAction wins over the
// policy's validationFailureAction, and without either a rule audits.
func failureActions(o *unstructured.Unstructured) []string {
	policy, _, _ := unstructured.NestedString(o.Object, "spec", "validationFailureAction")
	rules, _, _ := unstructured.NestedSlice(o.Object, "spec", "rules")
	var actions []string
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		if _, validates := rule["validate"]; !validates {
			continue
		}
		action, _, _ := unstructured.NestedString(rule, "validate", "failureAction")
		if action = canonicalAction(orWord(action, policy)); !slices.Contains(actions, action) {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	return actions
}

// canonicalAction spells an action the current way; the policy's own field still takes the old one in lower case.
func canonicalAction(action string) string {
	if strings.EqualFold(action, "enforce") {
		return "Enforce"
	}
	return "Audit"
}

func orWord(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
