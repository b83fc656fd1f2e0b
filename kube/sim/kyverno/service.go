package kyverno

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// admissionService answers the webhooks of the admission controller.
type admissionService struct{ k *Kyverno }

// Review implements api.Service: it routes as Kyverno's server does.
func (s admissionService) Review(ctx context.Context, path string, a *api.Attributes) (api.Review, error) {
	base, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch "/" + base {
	case validatePath, mutatePath:
		return s.reviewResource(ctx, "/"+base, rest, a)
	case policyValidatePath:
		return s.reviewPolicy(ctx, a), nil
	case exceptionPath:
		return s.reviewException(ctx, a), nil
	case policyMutatePath, globalContextPath, verifyMutatePath:
		return api.Review{Allowed: true}, nil
	}
	if path == celExceptionPath {
		return s.reviewException(ctx, a), nil
	}
	if kind := s.k.cel.kindAt("/" + base); kind != nil {
		return s.reviewCEL(ctx, kind, rest, a)
	}
	return api.Review{}, fmt.Errorf("webhook path %s: not found", path)
}

// reviewResource answers for resources: rest is "fail" or "ignore", with "/finegrained/<policy>" behind it for the
// webhook of a single policy.
func (s admissionService) reviewResource(ctx context.Context, base, rest string, a *api.Attributes) (api.Review, error) {
	failure, key, fineGrained := strings.Cut(rest, fineGrainedPath+"/")
	if failure != "fail" && failure != "ignore" {
		return api.Review{}, fmt.Errorf("webhook path %s/%s: not found", base, rest)
	}
	for _, gvr := range []schema.GroupVersionResource{clusterPolicies, namespacePolicies, policyExceptions} {
		s.k.cluster.abreast(ctx, gvr, "")
	}
	r := s.k.newReview(ctx, a)
	if s.k.lets(r) {
		return api.Review{Allowed: true}, nil
	}
	r.only = func(p *policy) bool {
		if fineGrained {
			return p.Key() == key
		}
		return p.ignores() == (failure == "ignore") && len(ownMatchConditions(p)) == 0
	}
	if base == mutatePath {
		if a.Operation == api.Delete {
			return api.Review{Allowed: true}, nil
		}
		return s.k.mutate(ctx, r), nil
	}
	return s.k.validate(ctx, r), nil
}

// review is one admission request on its way through Kyverno.
type review struct {
	*api.Attributes
	request engine.Request
	only    func(*policy) bool // the policies of the webhook that was called
}

// newReview gathers what policies may ask about a request.
func (k *Kyverno) newReview(ctx context.Context, a *api.Attributes) *review {
	request := engine.Request{
		Operation: engine.Operation(a.Operation), Object: a.Object, OldObject: a.OldObject,
		Kind: k.topKind(a), Subresource: a.Subresource, User: a.User, DryRun: a.DryRun,
		NamespaceLabels: k.namespaceLabels(ctx, a.Namespace),
	}
	if k.needsRoles() {
		request.Roles, request.ClusterRoles = k.rolesOf(ctx, a)
	}
	return &review{Attributes: a, request: request}
}

// topKind is the kind of the resource itself, also for requests on a subresource.
func (k *Kyverno) topKind(a *api.Attributes) schema.GroupVersionKind {
	if r, ok := k.discovery.kindOf(a.Resource); ok {
		return r.gvk()
	}
	return a.Kind
}

// namespaceLabels returns the labels of a namespace, nil for none. They are read as they are now, not as an informer last
// saw them: who labels a namespace and then creates a pod in it expects policies to know.
func (k *Kyverno) namespaceLabels(ctx context.Context, name string) map[string]string {
	if name == "" {
		return nil
	}
	namespace, err := k.client.Get(ctx, namespaces, "", name)
	if err != nil {
		return nil
	}
	return namespace.GetLabels()
}

// ownKinds are kinds of Kyverno's own that no policy sees.
var ownKinds = []string{"AdmissionReport", "ClusterAdmissionReport", "BackgroundScanReport", "ClusterBackgroundScanReport", "UpdateRequest"}

// lets says whether the request passes unseen, by its user, its resource or its kind.
func (k *Kyverno) lets(r *review) bool {
	c := k.settings()
	return c.excludes(r.User, r.request.Roles, r.request.ClusterRoles) ||
		c.filtered(r.request.Kind, r.Subresource, r.Namespace, r.Name) ||
		slices.Contains(ownKinds, r.Kind.Kind)
}

// policiesFor returns the policies with rules of the type ("" is any) that look at the request's kind and namespace,
// ordered by name.
func (k *Kyverno) policiesFor(r *review, does engine.RuleType, also func(*policy) bool) []*policy {
	return k.policies.list(func(p *policy) bool {
		return p.Admission() && (does == "" || p.Has(does)) && p.sees(r.Namespace) && p.Applies(r.request.Kind, r.Subresource) && also(p)
	})
}
