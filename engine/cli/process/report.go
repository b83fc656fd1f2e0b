package process

import (
	"iter"
	"slices"

	"podsec/engine"
)

// Description is the text of a result in reports and tables: the rule's message, or the one that the rule's
// reportProperties put in its place.
func Description(status engine.Status, rule *engine.RuleResult) string {
	for _, key := range []string{"message", string(status) + "Message"} {
		if text := rule.Properties[key]; text != "" {
			return text
		}
	}
	return rule.Message
}

// Shown is a rule's status as reports and tables have it: like Status, of mutations and generations too.
func (r *Response) Shown(rule *engine.RuleResult, auditWarn bool) engine.Status {
	if rule.Status == engine.Fail && auditWarn && r.Action == engine.Audit {
		return engine.Warn
	}
	return r.Policy.ReportStatus(rule.Status)
}

// ReportLine is a rule's result as a report has it; now is in seconds.
func ReportLine(r *Response, rule *engine.RuleResult, auditWarn bool, now int64) map[string]any {
	annotations := r.Policy.Object().GetAnnotations()
	line := map[string]any{
		"source": source(r.Policy), "policy": r.Policy.Key(), "result": string(r.Shown(rule, auditWarn)),
		"timestamp": map[string]any{"seconds": now, "nanos": 0}, "resources": []any{r.reference()},
		"properties": r.properties(rule),
	}
	if annotations["policies.kyverno.io/scored"] != "false" {
		line["scored"] = true
	}
	put(line, "rule", rule.Rule)
	put(line, "message", Description(r.Policy.ReportStatus(rule.Status), rule))
	put(line, "category", annotations["policies.kyverno.io/category"])
	if severity := annotations["policies.kyverno.io/severity"]; slices.Contains([]string{"critical", "high", "medium", "low", "info"}, severity) {
		line["severity"] = severity
	}
	return line
}

func put(object map[string]any, key, value string) {
	if value != "" {
		object[key] = value
	}
}

// reference names the resource in a report.
func (r *Response) reference() map[string]any {
	out := map[string]any{}
	put(out, "kind", r.Resource.GetKind())
	put(out, "namespace", r.Resource.GetNamespace())
	put(out, "name", r.Resource.GetName())
	put(out, "uid", string(r.Resource.GetUID()))
	put(out, "apiVersion", r.Resource.GetAPIVersion())
	put(out, "resourceVersion", r.Resource.GetResourceVersion())
	return out
}

func (r *Response) properties(rule *engine.RuleResult) map[string]any {
	properties := map[string]any{}
	for key, value := range rule.Properties {
		properties[key] = value
	}
	switch {
	case deletes(r.Policy):
		properties["process"] = ""
	case r.Type == engine.Generation && !HasRules(r.Policy.Object().GetKind()):
		properties["process"] = "admission review"
	case r.Policy.Background():
		properties["process"] = "background scan"
	case r.Policy.Admission():
		properties["process"] = "admission review"
	default:
		properties["process"] = ""
	}
	return properties
}

// Report is a report without its lines, which have these results.
func Report(kind, namespace, name string, results iter.Seq[engine.Status]) map[string]any {
	summary := map[string]any{"pass": 0, "fail": 0, "warn": 0, "error": 0, "skip": 0}
	for result := range results {
		count, _ := summary[string(result)].(int)
		summary[string(result)] = count + 1
	}
	metadata := map[string]any{"name": name}
	put(metadata, "namespace", namespace)
	return map[string]any{
		"apiVersion": "openreports.io/v1alpha1", "kind": kind, "metadata": metadata, "source": "", "summary": summary,
	}
}
