package kyverno

import (
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

// managedBy labels what Kyverno made.
const managedBy = "app.kubernetes.io/managed-by"

// reportableKind says whether resources of that kind may have reports: events cannot, and reports about reports are of
// no use.
func reportableKind(gvr schema.GroupVersionResource) bool {
	return gvr.Resource != "events" && gvr.Group != policyReports.Group && gvr.Group != "reports.kyverno.io"
}

// reportsOf returns the resource of reports about objects in a namespace ("" is cluster-scoped objects).
func reportsOf(namespace string) schema.GroupVersionResource {
	if namespace == "" {
		return clusterReports
	}
	return policyReports
}

// storedReport reads the report about an object, nil when there is none.
func (k *Kyverno) storedReport(ctx context.Context, namespace string, uid types.UID) (*unstructured.Unstructured, error) {
	report, err := k.client.Get(ctx, reportsOf(namespace), namespace, string(uid))
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return report, err
}

// writeReport makes a report's lines these: the report is created, changed, or, without lines, removed. subject is the
// resource that it is about; report is what is stored, or nil.
func (k *Kyverno) writeReport(ctx context.Context, subject, report *unstructured.Unstructured, lines []line) error {
	controller, ok := k.running(reportsController)
	if !ok || report == nil && len(lines) == 0 {
		return nil
	}
	client := k.client.As(controller.user(), controller.group()).Vouched()
	if len(lines) == 0 {
		return removeReport(ctx, client, report)
	}
	sortLines(lines)
	if report == nil {
		created := newReport(subject)
		setLines(created, lines)
		_, err := client.Create(ctx, reportsOf(subject.GetNamespace()), created, metav1.CreateOptions{})
		return err
	}
	if sameLines(linesOf(report), lines) {
		return nil
	}
	updated := &unstructured.Unstructured{Object: maps.Clone(report.Object)}
	setLines(updated, lines)
	_, err := client.Update(ctx, reportsOf(report.GetNamespace()), updated, "")
	return err
}

func removeReport(ctx context.Context, client api.Client, report *unstructured.Unstructured) error {
	err := client.Delete(ctx, reportsOf(report.GetNamespace()), report.GetNamespace(), report.GetName(), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// newReport is an empty report on a resource: named by its UID, owned by it.
func newReport(subject *unstructured.Unstructured) *unstructured.Unstructured {
	kind := "PolicyReport"
	if subject.GetNamespace() == "" {
		kind = "ClusterPolicyReport"
	}
	report := &unstructured.Unstructured{Object: map[string]any{"scope": reference(subject)}}
	report.SetGroupVersionKind(policyReports.GroupVersion().WithKind(kind))
	report.SetName(string(subject.GetUID()))
	report.SetNamespace(subject.GetNamespace())
	report.SetLabels(map[string]string{managedBy: "kyverno"})
	report.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: subject.GetAPIVersion(), Kind: subject.GetKind(), Name: subject.GetName(), UID: subject.GetUID(),
	}})
	return report
}

func setLines(report *unstructured.Unstructured, lines []line) {
	results := make([]any, len(lines))
	for i, l := range lines {
		results[i] = l
	}
	report.Object["results"] = results
	report.Object["summary"] = summary(lines)
}

// linesOf returns the lines of a report, nil for none.
func linesOf(report *unstructured.Unstructured) []line {
	if report == nil {
		return nil
	}
	return objects(report.Object, "results")
}

func sameLines(a, b []line) bool {
	return slices.EqualFunc(a, b, func(a, b line) bool { return keyOf(a) == keyOf(b) && sameLine(a, b) })
}

// merge puts new lines over old ones of the same policy and rule.
func merge(old, fresh []line) []line {
	byKey := map[lineKey]line{}
	for _, l := range slices.Concat(old, fresh) {
		byKey[keyOf(l)] = l
	}
	lines := make([]line, 0, len(byKey))
	for _, l := range byKey {
		lines = append(lines, l)
	}
	return lines
}

// current reduces lines to those of policies and rules that exist.
func (k *Kyverno) current(lines []line) []line {
	rules := map[string]map[string]bool{}
	return slices.DeleteFunc(slices.Clone(lines), func(l line) bool {
		name := text(l, "policy")
		if source := text(l, "source"); source != sourceKyverno {
			p := k.cel.named(source, name)
			return p == nil || !mayReport(p.Object())
		}
		if rules[name] == nil {
			rules[name] = map[string]bool{}
			if p := k.policies.get(name); p != nil && p.reportable() {
				rules[name] = p.ruleNames()
			}
		}
		return !rules[name][text(l, "rule")]
	})
}

// pruneReports drops the lines of policies and rules that are gone from all reports.
func (k *Kyverno) pruneReports(ctx context.Context) {
	for _, gvr := range []schema.GroupVersionResource{policyReports, clusterReports} {
		if _, served := k.discovery.kindOf(gvr); !served {
			continue
		}
		stored, err := k.client.List(ctx, gvr, "", nil)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			k.report(fmt.Errorf("list reports: %w", err))
			continue
		}
		for _, report := range stored {
			if report.GetLabels()[managedBy] != "kyverno" {
				continue
			}
			if err := k.writeReport(ctx, nil, report, k.current(linesOf(report))); err != nil && !apierrors.IsNotFound(err) {
				k.report(fmt.Errorf("update report %s: %w", report.GetName(), err))
			}
		}
	}
}
