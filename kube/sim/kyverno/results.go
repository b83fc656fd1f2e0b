package kyverno

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// Where a result says that it comes from.
const (
	processScan      = "background scan"
	processAdmission = "admission review"
)

// annotation keys that describe a policy.
const (
	annotationScored   = "policies.kyverno.io/scored"
	annotationCategory = "policies.kyverno.io/category"
	annotationSeverity = "policies.kyverno.io/severity"
)

// severities are those that reports know.
var severities = []string{"critical", "high", "medium", "low", "info"}

// line is one result as reports store it.
type line = map[string]any

// reportLines are the report's lines for the results of policies that may be reported (ToPolicyReportResult).
func (k *Kyverno) reportLines(results []engine.PolicyResult) []line {
	var lines []line
	now := k.clock.Now().Unix()
	for _, result := range results {
		p := k.policies.get(result.Policy.Key())
		if p == nil || !p.reportable() {
			continue
		}
		for _, rule := range result.Rules {
			lines = append(lines, reportLine(classic{p.Policy}, rule, now))
		}
	}
	return lines
}

// reported is a policy whose results stand in reports.
type reported interface {
	Object() *unstructured.Unstructured
	// Key is the policy's name in reports, Source where they say that its results come from.
	Key() string
	Source() string
	// Background says whether scans evaluate the policy.
	Background() bool
	ReportStatus(engine.Status) engine.Status
}

// sourceKyverno is the source of the results of ClusterPolicies and Policies.
const sourceKyverno = "kyverno"

// classic is a ClusterPolicy or a Policy.
type classic struct{ *engine.Policy }

// Source implements reported.
func (classic) Source() string { return sourceKyverno }

// reportLine is the line for one rule's result.
func reportLine(p reported, rule engine.RuleResult, now int64) line {
	annotations := p.Object().GetAnnotations()
	out := line{
		"source": p.Source(), "policy": p.Key(), "result": string(p.ReportStatus(rule.Status)),
		"timestamp":  map[string]any{"seconds": now, "nanos": int64(0)},
		"properties": reportProperties(p, rule),
	}
	set(out, "rule", rule.Rule)
	if annotations[annotationScored] != "false" {
		out["scored"] = true
	}
	set(out, "message", reportMessage(rule))
	set(out, "category", annotations[annotationCategory])
	if severity := annotations[annotationSeverity]; slices.Contains(severities, severity) {
		out["severity"] = severity
	}
	return out
}

// reportMessage is the rule's message, unless the rule's reportProperties replace it for this status or for all.
func reportMessage(rule engine.RuleResult) string {
	return cmp.Or(rule.Properties["message"], rule.Properties[string(rule.Status)+"Message"], rule.Message)
}

// reportProperties are the rule's own properties, and the process: whether the policy is one that scans evaluate.
func reportProperties(p reported, rule engine.RuleResult) map[string]any {
	properties := map[string]any{"process": processAdmission}
	if p.Background() {
		properties["process"] = processScan
	}
	for name, value := range rule.Properties {
		properties[name] = value
	}
	return properties
}

func set(object map[string]any, field, value string) {
	if value != "" {
		object[field] = value
	}
}

// lineKey tells the lines of one resource's report apart.
type lineKey struct{ source, policy, rule string }

func keyOf(l line) lineKey { return lineKey{text(l, "source"), text(l, "policy"), text(l, "rule")} }

// sameLine says whether two lines say the same, at whatever time.
func sameLine(a, b line) bool {
	for _, field := range []string{"result", "message", "category", "severity"} {
		if text(a, field) != text(b, field) {
			return false
		}
	}
	return a["scored"] == b["scored"] && maps.Equal(nested(a, "properties"), nested(b, "properties"))
}

// sortLines orders lines as reports do: by policy, rule and source.
func sortLines(lines []line) {
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(text(a, "policy"), text(b, "policy")), cmp.Compare(text(a, "rule"), text(b, "rule")),
			cmp.Compare(text(a, "source"), text(b, "source")))
	})
}

// summary counts the lines by their result.
func summary(lines []line) map[string]any {
	counts := map[string]int64{"pass": 0, "fail": 0, "warn": 0, "error": 0, "skip": 0}
	for _, l := range lines {
		counts[text(l, "result")]++
	}
	out := make(map[string]any, len(counts))
	for result, count := range counts {
		out[result] = count
	}
	return out
}
