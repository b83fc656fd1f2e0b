package labs

import (
	"cmp"
	"context"
	"fmt"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// deniedCheck wants Kyverno to have denied the command's request because of a policy and rule.
type deniedCheck struct {
	onAnswer
	Policy   string `lab:"policy,required"`
	Rule     string `lab:"rule"`
	Resource string `lab:"resource"` // "Pod/default/nginx", may hold wildcards
}

func (c *deniedCheck) validate(s *strict, n *yaml.Node) {
	if c.Resource != "" && strings.Count(c.Resource, "/") != 2 {
		s.note(n, "write Kind/namespace/name; a cluster-scoped resource has no namespace: Namespace//dev",
			"the resource %q must have three parts", c.Resource)
	}
}

// Title says what is checked.
func (c *deniedCheck) Title() string {
	what := "the request"
	if c.Resource != "" {
		what = c.Resource
	}
	return what + " is denied by " + policyAndRule(c.Policy, c.Rule)
}

// Judge looks for the policy and rule in the denials of the answer.
func (c *deniedCheck) Judge(_ context.Context, e Evidence) (string, error) {
	if !e.Answer.Ran {
		return notRun, nil
	}
	for _, d := range e.Answer.Denials {
		if c.matches(d) {
			return "", nil
		}
	}
	return instead(e.Answer), nil
}

func (c *deniedCheck) matches(d Denial) bool {
	rules, ok := d.Policies[c.Policy]
	if !ok || c.Resource != "" && !matches(c.Resource, d.Resource) {
		return false
	}
	_, named := rules[c.Rule]
	return c.Rule == "" || named
}

// instead says how a request was answered that should have been refused in another way.
func instead(a Answer) string {
	var by []string
	for _, d := range a.Denials {
		for policy, rules := range d.Policies {
			for rule := range rules {
				by = append(by, policyAndRule(policy, rule))
			}
		}
		if len(d.Policies) == 0 {
			by = append(by, "the webhook "+d.Webhook)
		}
	}
	for _, r := range a.Refusals {
		by = append(by, fmt.Sprintf("Pod Security Admission, level %s", r.Level))
	}
	sort.Strings(by)
	switch {
	case len(by) > 0:
		return "it was denied by " + strings.Join(by, ", ")
	case a.Exit == 0:
		return "it was not denied"
	default:
		return cmp.Or(failure(a), fmt.Sprintf("it failed with exit status %d, but was not denied", a.Exit))
	}
}

func policyAndRule(policy, rule string) string {
	if rule == "" {
		return policy
	}
	return policy + "/" + rule
}
