package kyverno

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// mutate answers the mutating webhook: the policies of the webhook change the object one after the other. A rule that
// errors blocks the request if its policy's failurePolicy says so.
func (k *Kyverno) mutate(ctx context.Context, r *review) api.Review {
	policies := k.policiesFor(r, engine.Mutation, r.only)
	if len(policies) == 0 {
		return api.Review{Allowed: true}
	}
	mutated, err := k.engine.Mutate(ctx, compiled(policies), &r.request)
	if err != nil {
		return denial(err.Error())
	}
	results := matched(mutated.Results)
	if message := mutationFailure(results); message != "" {
		return denial(message)
	}
	answer := api.Review{Allowed: true, Warnings: mutationWarnings(results)}
	if mutated.Object != r.Object {
		answer.Object = mutated.Object
	}
	subject := mutated.Object
	if subject == nil {
		subject = r.request.Resource()
	}
	k.emit(admissionEvents(results, subject, false))
	k.noteResults(r, subject, results)
	return answer
}

// mutationFailure returns the denial for the first policy whose rules went wrong and that may block.
func mutationFailure(results []engine.PolicyResult) string {
	mayBlock := false
	for _, result := range results {
		mayBlock = mayBlock || !result.Policy.FailurePolicyIgnore()
		failed := make([]string, 0, len(result.Rules))
		for _, rule := range result.Rules {
			if rule.Status == engine.Error || rule.Status == engine.Fail {
				failed = append(failed, rule.Rule+": "+rule.Message)
			}
		}
		if mayBlock && hasStatusOf(result, engine.Error) {
			name := result.Policy.Name()
			return fmt.Sprintf("mutation policy %s error: failed to apply policy %s rules [%s]", name, name, strings.Join(failed, " "))
		}
	}
	return ""
}

// mutationWarnings are the warnings of policies with emitWarning: every rule that did not skip.
func mutationWarnings(results []engine.PolicyResult) []string {
	var warnings []string
	for _, result := range results {
		if !result.Policy.EmitWarning() {
			continue
		}
		for _, rule := range result.Rules {
			if rule.Status != engine.Skip {
				warnings = append(warnings, warning(result, rule))
			}
		}
	}
	return warnings
}

func warning(result engine.PolicyResult, rule engine.RuleResult) string {
	return fmt.Sprintf("policy %s.%s: %s", result.Policy.Name(), rule.Rule, rule.Message)
}

// matched reduces results to the rules that matched, and drops policies without any.
func matched(results []engine.PolicyResult) []engine.PolicyResult {
	var out []engine.PolicyResult
	for _, result := range results {
		var rules []engine.RuleResult
		for _, rule := range result.Rules {
			if rule.Matched {
				rules = append(rules, rule)
			}
		}
		if len(rules) > 0 {
			out = append(out, engine.PolicyResult{Policy: result.Policy, Rules: rules})
		}
	}
	return out
}

// hasStatusOf says whether a rule of the policy ended with one of the statuses.
func hasStatusOf(result engine.PolicyResult, statuses ...engine.Status) bool {
	for _, rule := range result.Rules {
		for _, status := range statuses {
			if rule.Status == status {
				return true
			}
		}
	}
	return false
}

func denial(message string) api.Review { return api.Review{Message: message} }

// noteResults hands the results of an admitted request to the reports.
func (k *Kyverno) noteResults(r *review, subject *unstructured.Unstructured, results []engine.PolicyResult) {
	lines := k.notable(r, results)
	if len(lines) == 0 {
		return
	}
	k.work.add("", func(ctx context.Context) { k.admitted(ctx, r.Attributes, subject, lines) })
}

// notable are the report's lines for the results of a request. Dry runs, deletions and subresources leave none, and
// neither do policies that are excluded from reports.
func (k *Kyverno) notable(r *review, results []engine.PolicyResult) []line {
	if _, running := k.running(reportsController); !running {
		return nil
	}
	if r.DryRun || r.Operation == api.Delete || r.Subresource != "" || !reportableKind(r.Resource) {
		return nil
	}
	return k.reportLines(results)
}
