package kyverno

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// reasonViolation is the reason of events about failed and broken rules. Success and exception events are off in the
// chart's defaults (--omitEvents=PolicyApplied,PolicySkipped).
const reasonViolation = "PolicyViolation"

// reasonError is the reason of events about work that a controller could not do.
const reasonError = "PolicyError"

// reasonApplied is the reason of events about work that was done.
const reasonApplied = "PolicyApplied"

// The actions that events name.
const (
	actionBlocked = "Resource Blocked"
	actionPassed  = "Resource Passed"
	actionCleaned = "Resource Cleaned Up"
	actionNone    = "None"
)

// occurrence is one event before it is written.
type occurrence struct {
	source    component
	regarding map[string]any // object references
	related   map[string]any
	action    string
	message   string
	reason    string // empty is reasonViolation
	reporter  string // who signs; empty: as the source does
}

// admissionEvents are the events of a request (GenerateEvents of Kyverno's webhooks): of a blocked one, each failed
// rule on its policy; of an admitted one that violates something, in addition each rule of that policy on the resource,
// passed ones included. A resource without a name yet has none.
func admissionEvents(results []engine.PolicyResult, subject *unstructured.Unstructured, blocked bool) []occurrence {
	var events []occurrence
	if subject == nil || subject.GetName() == "" {
		return nil
	}
	for _, result := range results {
		events = append(events, requestEvents(result.Policy.Object(), result.Rules, subject, blocked)...)
	}
	return events
}

// requestEvents are the events of a request about one policy.
func requestEvents(policy *unstructured.Unstructured, rules []engine.RuleResult, subject *unstructured.Unstructured, blocked bool) []occurrence {
	var events []occurrence
	if !hasStatusOf(rules, engine.Fail, engine.Error) {
		return nil
	}
	for _, rule := range rules {
		if rule.Status == engine.Fail || rule.Status == engine.Error {
			events = append(events, policyEvent(admissionController, policy, rule, subject, blocked))
		}
		if !blocked {
			events = append(events, resourceEvent(admissionController, policy, rule, subject))
		}
	}
	return events
}

// policyEvent is the event on the policy that one rule failed for a resource.
func policyEvent(source component, policy *unstructured.Unstructured, rule engine.RuleResult, subject *unstructured.Unstructured, blocked bool) occurrence {
	action, suffix := actionPassed, ""
	if blocked {
		action, suffix = actionBlocked, " (blocked)"
	}
	name := subject.GetName()
	if subject.GetNamespace() != "" {
		name = subject.GetNamespace() + "/" + name
	}
	of := ""
	if rule.Rule != "" {
		of = "[" + rule.Rule + "] "
	}
	message := fmt.Sprintf("%s %s: %s%s%s", subject.GetKind(), name, of, rule.Status, suffix)
	if rule.Message != "" {
		message += "; " + rule.Message
	}
	return occurrence{source: source, regarding: reference(policy), related: reference(subject), action: action, message: message}
}

// resourceEvent is the event on the resource about one rule.
func resourceEvent(source component, policy *unstructured.Unstructured, rule engine.RuleResult, subject *unstructured.Unstructured) occurrence {
	message := fmt.Sprintf("policy %s/%s %s: %s", policy.GetName(), rule.Rule, rule.Status, rule.Message)
	return occurrence{source: source, regarding: reference(subject), action: actionPassed, message: message}
}

// Who signs the events of the background controller, by what it did.
const (
	reporterGenerate = "kyverno-generate"
	reporterMutate   = "kyverno-mutate"
)

// backgroundFailure is the event on a policy that a rule could not do its work on a resource.
func backgroundFailure(p *policy, rule, reporter string, about *unstructured.Unstructured, err error) occurrence {
	related := map[string]any{"kind": about.GetKind(), "name": about.GetName()}
	set(related, "namespace", about.GetNamespace())
	return occurrence{
		source: backgroundController, reporter: reporter, reason: reasonError, action: actionNone,
		regarding: reference(p.Object()), related: related,
		message: fmt.Sprintf("policy %s/%s error: %v", p.Name(), rule, err),
	}
}

// reference is the object reference of an object.
func reference(object *unstructured.Unstructured) map[string]any {
	ref := map[string]any{"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(), "name": object.GetName()}
	if namespace := object.GetNamespace(); namespace != "" {
		ref["namespace"] = namespace
	}
	if uid := object.GetUID(); uid != "" {
		ref["uid"] = string(uid)
	}
	return ref
}
