package kyverno

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/celpolicy/stored"
)

// resourceChanged follows a resource that policies are about: new and changed ones are scanned, deleted ones lose their
// report.
func (k *Kyverno) resourceChanged(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) {
	if old != nil && (now == nil || now.GetUID() != old.GetUID()) {
		k.work.add("", func(ctx context.Context) { k.forget(ctx, old) })
	}
	if now == nil || old != nil && sameSummary(old, now) {
		return
	}
	k.scanLater(gvr, now)
}

// scanLater scans the resource in the state that it has when its turn comes.
func (k *Kyverno) scanLater(gvr schema.GroupVersionResource, object *unstructured.Unstructured) {
	namespace, name := object.GetNamespace(), object.GetName()
	k.work.add(scanKey(object), func(ctx context.Context) {
		if k.scanned.get(gvr, namespace, name) == nil {
			return // it is gone, or nobody asks for it any more
		}
		if now, err := k.client.Get(ctx, gvr, namespace, name); err == nil {
			k.scan(ctx, gvr, now)
		}
	})
}

// scanKey names the task of scanning an object.
func scanKey(object *unstructured.Unstructured) string { return "scan " + string(object.GetUID()) }

// forget removes the report about an object that is gone.
func (k *Kyverno) forget(ctx context.Context, gone *unstructured.Unstructured) {
	report, err := k.storedReport(ctx, gone.GetNamespace(), gone.GetUID())
	if err == nil && report != nil {
		err = k.writeReport(ctx, nil, report, nil)
	}
	if err != nil {
		k.report(fmt.Errorf("remove report of %s: %w", gone.GetName(), err))
	}
}

// rescan follows a change of policies: lines of gone ones go, and every resource is judged again.
func (k *Kyverno) rescan(context.Context) {
	k.work.add("prune", k.pruneReports)
	for _, gvr := range k.scannedResources() {
		for _, object := range k.scanned.list(gvr) {
			k.scanLater(gvr, object)
		}
	}
}

// scanAgain lets everything be scanned after an interval, again and again. The interval begins when the scan is done.
func (k *Kyverno) scanAgain(interval time.Duration) {
	k.timetable.At("scan", k.clock.Now().Add(interval), func(ctx context.Context) {
		if _, running := k.running(reportsController); !running {
			return
		}
		k.rescan(ctx)
		k.work.add("scan again", func(context.Context) {
			if controller, running := k.running(reportsController); running {
				k.scanAgain(controller.scanInterval)
			}
		})
	})
}

// scan judges one resource by all policies that take part in background scans, and updates its report. The reports
// controller skips the resource filters, so kube-system, Kyverno's own namespace and ReplicaSets are scanned too.
// What is news becomes events on the policy and the resource.
func (k *Kyverno) scan(ctx context.Context, gvr schema.GroupVersionResource, subject *unstructured.Unstructured) {
	if _, served := k.discovery.kindOf(reportsOf(subject.GetNamespace())); !served {
		return
	}
	report, err := k.storedReport(ctx, subject.GetNamespace(), subject.GetUID())
	if err != nil {
		k.report(fmt.Errorf("read report of %s: %w", subject.GetName(), err))
		return
	}
	results, verdicts := k.judge(ctx, gvr, subject), k.judgeCEL(ctx, gvr, subject)
	old := merge(linesOf(report), k.pending.take(gvr, subject))
	fresh := append(k.reportLines(results), k.verdictLines(verdicts)...)
	lines := merge(k.withoutScanned(k.current(old)), fresh)
	if err := k.writeReport(ctx, subject, report, lines); err != nil && !apierrors.IsNotFound(err) {
		k.report(fmt.Errorf("write report of %s: %w", subject.GetName(), err))
	}
	k.emit(scanEvents(results, verdicts, old, subject))
}

// judge evaluates the policies that scan the resource.
func (k *Kyverno) judge(ctx context.Context, gvr schema.GroupVersionResource, subject *unstructured.Unstructured) []engine.PolicyResult {
	request := engine.Request{
		Operation: engine.Create, Object: subject, Kind: subject.GroupVersionKind(),
		NamespaceLabels: k.namespaceLabels(ctx, subject.GetNamespace()), Background: true,
	}
	var results []engine.PolicyResult
	for _, p := range k.policies.list(func(p *policy) bool {
		return scans(p) && p.sees(subject.GetNamespace()) && p.Applies(request.Kind, "")
	}) {
		results = append(results, k.judgeBy(ctx, p, &request))
	}
	return matched(results)
}

// judgeBy evaluates one policy. Images are verified again: what annotations say of them does not count.
func (k *Kyverno) judgeBy(ctx context.Context, p *policy, request *engine.Request) engine.PolicyResult {
	result := k.engine.Validate(ctx, p.Policy, request)
	if !p.Has(engine.ImageVerify) {
		return result
	}
	result.Rules = slices.DeleteFunc(result.Rules, func(r engine.RuleResult) bool { return r.Type == engine.ImageVerify })
	for _, verified := range k.engine.VerifyImages(ctx, []*engine.Policy{p.Policy}, request).Results {
		result.Rules = append(result.Rules, verified.Rules...)
	}
	return result
}

// scans says whether background scans evaluate the policy.
func scans(p *policy) bool { return p.reportable() && p.Background() && judges(p) }

// withoutScanned drops the lines that a scan decides anew: those of validate rules of policies that scans evaluate.
func (k *Kyverno) withoutScanned(lines []line) []line {
	var kept []line
	for _, l := range lines {
		if !k.scansAgain(text(l, "source"), text(l, "policy"), text(l, "rule")) {
			kept = append(kept, l)
		}
	}
	return kept
}

// scansAgain says whether a scan gives the result of a rule.
func (k *Kyverno) scansAgain(source, policy, rule string) bool {
	if source != sourceKyverno {
		p := k.cel.named(source, policy)
		return p != nil && p.Background()
	}
	p := k.policies.get(policy)
	return p != nil && scans(p) && p.validates(rule)
}

// validates says whether the rule of that name is one that scans evaluate.
func (p *policy) validates(name string) bool {
	for _, rule := range p.rules {
		if text(rule, "name") == name {
			return doings(rule).validate || doings(rule).verifyImages
		}
	}
	return false
}

// scanEvents are the events for failed and broken rules whose result the report did not have yet.
func scanEvents(results []engine.PolicyResult, verdicts []stored.Verdict, old []line, subject *unstructured.Unstructured) []occurrence {
	known := map[lineKey]line{}
	for _, l := range old {
		known[keyOf(l)] = l
	}
	var events []occurrence
	tell := func(p reported, rules []engine.RuleResult) {
		for _, rule := range rules {
			had := known[lineKey{p.Source(), p.Key(), rule.Rule}]
			if rule.Status == engine.Pass || rule.Status == engine.Skip ||
				text(had, "result") == string(p.ReportStatus(rule.Status)) && text(had, "message") == reportMessage(rule) {
				continue
			}
			events = append(events,
				resourceEvent(reportsController, p.Object(), rule, subject), policyEvent(reportsController, p.Object(), rule, subject, false))
		}
	}
	for _, result := range results {
		tell(classic{result.Policy}, result.Rules)
	}
	for _, v := range verdicts {
		tell(v.Policy, v.Rules)
	}
	return events
}
