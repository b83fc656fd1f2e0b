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

// absentResult asks for a report that has no line for the policy.
const absentResult = "absent"

// reportCheck wants a line of the policy report on a resource.
type reportCheck struct {
	Namespace string `lab:"namespace"` // "" for a cluster-scoped resource
	Kind      string `lab:"kind,required"`
	Name      string `lab:"name,required"` // may hold wildcards
	Policy    string `lab:"policy,required"`
	Rule      string `lab:"rule"`
	Result    string `lab:"result,required"`
}

func (c *reportCheck) validate(s *strict, n *yaml.Node) {
	known := []string{"pass", "fail", "warn", "error", "skip", absentResult}
	if !slices.Contains(known, c.Result) {
		s.note(n, "results: "+strings.Join(known, ", "), "the result %q is not known", c.Result)
	}
}

// Title says what is checked.
func (c *reportCheck) Title() string {
	title := "the report on " + describe(c.Kind, c.Namespace, c.Name)
	if c.Result == absentResult {
		return title + " has no line for " + policyAndRule(c.Policy, c.Rule)
	}
	return fmt.Sprintf("%s says %s for %s", title, c.Result, policyAndRule(c.Policy, c.Rule))
}

// Judge waits for the report.
func (c *reportCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	kind := schema.GroupVersionKind{Group: "wgpolicyk8s.io", Version: "v1alpha2", Kind: "PolicyReport"}
	if c.Namespace == "" {
		kind.Kind = "ClusterPolicyReport"
	}
	return e.View.until(ctx, query{kind: kind, namespace: c.Namespace}, c.judge)
}

func (c *reportCheck) judge(reports []*unstructured.Unstructured) string {
	var results []string
	for _, report := range reports {
		results = append(results, c.results(report)...)
	}
	line := policyAndRule(c.Policy, c.Rule)
	switch {
	case len(results) == 0 && c.Result == absentResult, slices.Contains(results, c.Result):
		return ""
	case len(results) == 0:
		return fmt.Sprintf("the report on %s has no line for %s yet", describe(c.Kind, c.Namespace, c.Name), line)
	default:
		return fmt.Sprintf("the report on %s says %s for %s", describe(c.Kind, c.Namespace, c.Name), strings.Join(results, ", "), line)
	}
}

// results gives the results of the policy and rule on the resource in one report. A report's scope names its
// resource; without a scope each line names its own.
func (c *reportCheck) results(report *unstructured.Unstructured) []string {
	scope, scoped, _ := unstructured.NestedMap(report.Object, "scope")
	if scoped && !c.about(scope) {
		return nil
	}
	lines, _, _ := unstructured.NestedSlice(report.Object, "results")
	var found []string
	for _, item := range lines {
		line, _ := item.(map[string]any)
		if line["policy"] != c.Policy || c.Rule != "" && line["rule"] != c.Rule || !scoped && !c.anyResource(line) {
			continue
		}
		if result, ok := line["result"].(string); ok && !slices.Contains(found, result) {
			found = append(found, result)
		}
	}
	return found
}

func (c *reportCheck) anyResource(line map[string]any) bool {
	resources, _, _ := unstructured.NestedSlice(line, "resources")
	return slices.ContainsFunc(resources, func(item any) bool {
		resource, _ := item.(map[string]any)
		return c.about(resource)
	})
}

// about says whether an object reference is the check's resource.
func (c *reportCheck) about(reference map[string]any) bool {
	name, _ := reference["name"].(string)
	return reference["kind"] == c.Kind && matches(c.Name, name)
}
