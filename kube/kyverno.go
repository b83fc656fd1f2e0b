package kube

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/cache"
)

// policies are Kyverno's, by kind, namespace and name.
func (w *watcher) policies() []Policy {
	found := said[Policy](w, clusterPolicies, policies)
	slices.SortFunc(found, func(a, b Policy) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	return found
}

// policyOf is a policy as a State shows it.
func policyOf(u *unstructured.Unstructured) Policy {
	rules := list(u.Object, "spec", "rules")
	p := Policy{Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName(), Rules: len(rules)}
	for _, condition := range list(u.Object, "status", "conditions") {
		if text(condition, "type") == "Ready" {
			p.Ready = text(condition, "status") == "True"
		}
	}
	whole := text(u.Object, "spec", "validationFailureAction")
	for _, rule := range rules {
		for _, kind := range []string{"validate", "mutate", "generate", "verifyImages"} {
			if rule[kind] != nil && !slices.Contains(p.Types, kind) {
				p.Types = append(p.Types, kind)
			}
		}
		if rule["validate"] == nil {
			continue
		}
		action := actionName(cmp.Or(text(rule, "validate", "failureAction"), whole))
		if !slices.Contains(p.Actions, action) {
			p.Actions = append(p.Actions, action)
		}
	}
	slices.Sort(p.Actions)
	return p
}

// actionName spells a failure action as Kyverno does now; older policies have it in lower case, and Audit is the
// default.
func actionName(action string) string {
	if action == "enforce" || action == "Enforce" {
		return "Enforce"
	}
	return "Audit"
}

// reports are the policy reports, by the namespace, kind and name of what they are about. Kyverno names a report after the
// UID of that: one of the older group with the name of one of the newer is from before Kyverno was told to write those,
// and is not kept up to date any more.
func (w *watcher) reports() []Report {
	var found []Report
	known := map[cache.ObjectName]bool{}
	for _, gvr := range ReportResources() {
		for k := range w.kept(gvr) {
			name := cache.NewObjectName(k.namespace, k.name)
			if says, ok := k.says.(Report); ok && !known[name] {
				known[name], found = true, append(found, says)
			}
		}
	}
	slices.SortFunc(found, func(a, b Report) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// reportOf is a report as a State shows it.
func reportOf(u *unstructured.Unstructured) Report {
	r := Report{
		Kind: text(u.Object, "scope", "kind"), Namespace: text(u.Object, "scope", "namespace"), Name: text(u.Object, "scope", "name"),
		Pass: number(u.Object, "summary", "pass"), Fail: number(u.Object, "summary", "fail"),
		Warn: number(u.Object, "summary", "warn"), Error: number(u.Object, "summary", "error"), Skips: number(u.Object, "summary", "skip"),
	}
	for _, result := range list(u.Object, "results") {
		line := ReportResult{
			Policy: text(result, "policy"), Rule: text(result, "rule"), Result: text(result, "result"),
			Message: text(result, "message"), Severity: text(result, "severity"), Properties: map[string]string{},
			Time: time.Unix(int64(number(result, "timestamp", "seconds")), 0),
		}
		properties, _ := result["properties"].(map[string]any)
		for name, value := range properties {
			line.Properties[name], _ = value.(string)
		}
		r.Results = append(r.Results, line)
	}
	return r
}
