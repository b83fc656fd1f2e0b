package kyverno

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// mutate answers the mutating webhook: the policies of the webhook change the object one after the other, then they
// verify its images. A rule that errors blocks the request if its policy's failurePolicy says so.
func (k *Kyverno) mutate(ctx context.Context, r *review) api.Review {
	answer := api.Review{Allowed: true}
	if r.Object == nil {
		return answer
	}
	if policies := k.policiesFor(r, engine.Mutation, r.only); len(policies) > 0 {
		answer = k.applyMutations(ctx, r, policies)
	}
	if policies := k.policiesFor(r, engine.ImageVerify, r.only); len(policies) > 0 && answer.Allowed {
		answer = k.verifyImages(ctx, r, policies, answer)
	}
	return answer
}

// applyMutations lets the mutate rules change the object.
func (k *Kyverno) applyMutations(ctx context.Context, r *review, policies []*policy) api.Review {
	mutated, err := k.engine.Mutate(ctx, compiled(policies), &r.request)
	if err != nil {
		return denial(err.Error())
	}
	results := matched(mutated.Results)
	answer := api.Review{Allowed: true, Warnings: engine.Warnings(results)}
	if mutated.Object != r.Object {
		answer.Object = mutated.Object
	}
	k.emit(admissionEvents(results, mutated.Object, false))
	k.noteResults(ctx, r, mutated.Object, results)
	return answer
}

// hasStatusOf says whether one of the rules ended with one of the statuses.
func hasStatusOf(rules []engine.RuleResult, statuses ...engine.Status) bool {
	return slices.ContainsFunc(rules, func(rule engine.RuleResult) bool { return slices.Contains(statuses, rule.Status) })
}

func denial(message string) api.Review { return api.Review{Message: message} }

// noteResults hands the results of an admitted request to the reports.
func (k *Kyverno) noteResults(ctx context.Context, r *review, subject *unstructured.Unstructured, results []engine.PolicyResult) {
	lines := k.notable(r, results)
	if len(lines) == 0 {
		return
	}
	k.tell(ctx, func(ctx context.Context) { k.admitted(ctx, r.Attributes, subject, lines) })
}

// notable are the report's lines for the results of an admission review. One about a Namespace leaves none: Kyverno puts
// its report into the namespace of the request, which is the one that is yet to come.
func (k *Kyverno) notable(r *review, results []engine.PolicyResult) []line {
	if r.Resource == namespaces {
		return nil
	}
	return k.linesFor(r, results)
}

// linesFor are the report's lines for the results of a request. Dry runs, deletions and subresources leave none, and
// neither do policies that are excluded from reports.
func (k *Kyverno) linesFor(r *review, results []engine.PolicyResult) []line {
	if !k.leavesReports(r) {
		return nil
	}
	return k.reportLines(results)
}

// leavesReports says whether results of a request stand in reports.
func (k *Kyverno) leavesReports(r *review) bool {
	_, running := k.running(reportsController)
	return running && !r.DryRun && r.Operation != api.Delete && r.Subresource == "" && reportableKind(r.Resource)
}
