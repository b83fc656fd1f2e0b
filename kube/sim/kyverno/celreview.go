package kyverno

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/engine/celpolicy"
	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/api"
)

// kindAt returns the kind of policies whose webhooks have that path, nil for none.
func (s *celSet) kindAt(path string) *stored.Kind {
	at := slices.IndexFunc(s.kinds, func(kind *stored.Kind) bool { return kind.Path == path })
	if at < 0 {
		return nil
	}
	return s.kinds[at]
}

// reviewCEL answers for resources: names are those of the policies of the kind that the webhook is for.
func (s admissionService) reviewCEL(ctx context.Context, kind *stored.Kind, names string, a *api.Attributes) (api.Review, error) {
	s.k.cluster.abreast(ctx, kind.Resource, "")
	s.k.cluster.abreast(ctx, celExceptions, "")
	r := s.k.newReview(ctx, a)
	if s.k.lets(r) || kind.Mutates && a.Object == nil {
		return api.Review{Allowed: true}, nil
	}
	wanted := strings.Split(names, "/")
	policies := s.k.cel.list(func(p *stored.Policy) bool {
		return p.Kind() == kind && slices.Contains(wanted, p.Object().GetName()) && !p.Targets() &&
			(p.Object().GetNamespace() == "" || p.Object().GetNamespace() == a.Namespace)
	})
	changed, verdicts, err := stored.Judge(ctx, policies, s.k.celRequest(ctx, r))
	if err != nil {
		return denial(err.Error()), nil
	}
	if kind.Mutates {
		return s.k.answerMutation(ctx, r, changed, verdicts), nil
	}
	return s.k.answerValidation(ctx, r, verdicts), nil
}

// celRequest is the request as expressions see it.
func (k *Kyverno) celRequest(ctx context.Context, r *review) *celpolicy.Request {
	return &celpolicy.Request{
		Resource: r.request.Resource(), Operation: string(r.Operation), Kind: r.Kind, Plural: r.Resource, User: r.User,
		Namespace: k.namespaceOf(ctx, r.Namespace),
		Cluster: &celpolicy.ClusterRequest{
			UID: r.UID, Namespace: r.Namespace, Name: r.Name, Subresource: r.Subresource, Old: r.OldObject, DryRun: r.DryRun,
		},
	}
}

// namespaceOf returns a namespace as it is now, nil for none.
func (k *Kyverno) namespaceOf(ctx context.Context, name string) *corev1.Namespace {
	if name == "" {
		return nil
	}
	found, err := k.client.Get(ctx, namespaces, "", name)
	if err != nil {
		return nil
	}
	namespace := &corev1.Namespace{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, namespace); err != nil {
		k.report(fmt.Errorf("read namespace %s: %w", name, err))
		return nil
	}
	return namespace
}

// answerValidation answers a validating webhook. Where a policy denies, whatever it found, the request counts as blocked:
// events say so, and reports wait for the scan.
func (k *Kyverno) answerValidation(ctx context.Context, r *review, verdicts []stored.Verdict) api.Review {
	blocked := stored.Denies(verdicts)
	k.tellVerdicts(ctx, r, verdicts, blocked)
	denials, warnings := stored.Denials(verdicts)
	if len(denials) > 0 {
		return api.Review{Message: strings.Join(denials, "; "), Warnings: warnings}
	}
	return api.Review{Allowed: true, Warnings: warnings}
}

// tellVerdicts tells of verdicts in events and, unless the request counts as blocked, in reports.
func (k *Kyverno) tellVerdicts(ctx context.Context, r *review, verdicts []stored.Verdict, blocked bool) {
	subject := r.request.Resource()
	k.tell(ctx, func(ctx context.Context) {
		if !blocked && r.Resource != namespaces && k.leavesReports(r) {
			k.admitted(ctx, r.Attributes, subject, k.verdictLines(verdicts))
		}
		k.emit(verdictEvents(verdicts, subject, blocked))
	})
}

// verdictLines are the report's lines for verdicts, of policies that may be reported.
func (k *Kyverno) verdictLines(verdicts []stored.Verdict) []line {
	var lines []line
	now := k.clock.Now().Unix()
	for _, v := range verdicts {
		if !mayReport(v.Policy.Object()) {
			continue
		}
		for _, rule := range v.Rules {
			lines = append(lines, reportLine(v.Policy, rule, now))
		}
	}
	return lines
}

// verdictEvents are the events of a request.
func verdictEvents(verdicts []stored.Verdict, subject *unstructured.Unstructured, blocked bool) []occurrence {
	var events []occurrence
	for _, v := range verdicts {
		events = append(events, requestEvents(v.Policy.Object(), v.Rules, subject, blocked)...)
	}
	return events
}
