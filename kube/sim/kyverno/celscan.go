package kyverno

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/celpolicy/stored"
	"podsec/kube/sim/api"
)

// scansCEL says whether background scans evaluate the policy.
func scansCEL(p *stored.Policy) bool { return p.Background() && mayReport(p.Object()) }

// withCELScanned adds the resources that policies of policies.kyverno.io are about and that the reports controller may read.
func (k *Kyverno) withCELScanned(wanted []schema.GroupVersionResource) []schema.GroupVersionResource {
	for _, p := range k.cel.list(func(p *stored.Policy) bool { return mayReport(p.Object()) }) {
		for _, about := range p.Resources() {
			for _, r := range k.discovery.all() {
				if matchesResource(about, r.gvr) && reportableKind(r.gvr) && !slices.Contains(wanted, r.gvr) && k.reporterMay("list", r.gvr) {
					wanted = append(wanted, r.gvr)
				}
			}
		}
	}
	return wanted
}

// matchesResource says whether a pattern, in which each part may be "*", means a resource.
func matchesResource(pattern, gvr schema.GroupVersionResource) bool {
	same := func(pattern, value string) bool { return pattern == "*" || pattern == value }
	return same(pattern.Group, gvr.Group) && same(pattern.Version, gvr.Version) && same(pattern.Resource, gvr.Resource)
}

// reporterMay says whether the reports controller may do that with a resource.
func (k *Kyverno) reporterMay(verb string, gvr schema.GroupVersionResource) bool {
	controller, ok := k.deployed(reportsController)
	return ok && k.authorized(context.Background(), &user.DefaultInfo{Name: controller.user()}, authorizer.AttributesRecord{Verb: verb}, gvr)
}

// judgeCEL evaluates the policies of policies.kyverno.io that scan a resource, as if it were created.
func (k *Kyverno) judgeCEL(ctx context.Context, gvr schema.GroupVersionResource, subject *unstructured.Unstructured) []stored.Verdict {
	policies := k.cel.list(func(p *stored.Policy) bool {
		namespace := p.Object().GetNamespace()
		return scansCEL(p) && (namespace == "" || namespace == subject.GetNamespace())
	})
	if len(policies) == 0 {
		return nil
	}
	request := &celpolicy.Request{
		Resource: subject, Operation: string(engine.Create), Kind: subject.GroupVersionKind(), Plural: gvr,
		Namespace: k.namespaceOf(ctx, subject.GetNamespace()),
	}
	var verdicts []stored.Verdict
	for _, p := range policies {
		changed, said, err := stored.Judge(ctx, []*stored.Policy{p}, request)
		if err != nil {
			k.report(fmt.Errorf("scan %s by %s: %w", subject.GetName(), p.Key(), err))
			continue
		}
		for _, v := range said {
			verdicts = append(verdicts, v.Scanned(changed != nil && !api.Equal(changed.Object, subject.Object)))
		}
	}
	return verdicts
}
