package admission

import (
	"context"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/kube/sim/api"
)

// matches says whether a request is to be sent to the webhook. An error is the namespace that cannot be read, or a
// condition that cannot be evaluated.
func (w *webhook) matches(ctx context.Context, reader Reader, a *api.Attributes) (bool, error) {
	// A webhook that could stop its own configuration from being changed would lock its cluster up.
	if a.Resource.Group == admissionv1.GroupName {
		return false, nil
	}
	if !slices.ContainsFunc(w.rules, func(r admissionv1.RuleWithOperations) bool { return w.rule(r, a) }) {
		return false, nil
	}
	if ok, err := w.namespace(ctx, reader, a); !ok || err != nil {
		return false, err
	}
	if !w.object(a) {
		return false, nil
	}
	return w.conditions.match(ctx, a)
}

func (w *webhook) rule(r admissionv1.RuleWithOperations, a *api.Attributes) bool {
	return anyOf(r.Operations, admissionv1.OperationType(a.Operation)) && anyOf(r.APIGroups, a.Resource.Group) &&
		w.version(r.APIVersions, a) && inScope(r.Scope, a) && slices.ContainsFunc(r.Resources, func(name string) bool { return isResource(name, a) })
}

func anyOf[T ~string](have []T, want T) bool {
	return slices.Contains(have, want) || slices.Contains(have, "*")
}

// version compares versions. With matchPolicy Equivalent a webhook gets a request also when it asked for another
// version of the same resource.
func (w *webhook) version(versions []string, a *api.Attributes) bool {
	return w.match == admissionv1.Equivalent || anyOf(versions, a.Resource.Version)
}

func inScope(scope *admissionv1.ScopeType, a *api.Attributes) bool {
	if scope == nil || *scope == admissionv1.AllScopes {
		return true
	}
	// A Namespace is cluster-scoped although its requests carry its name as their namespace.
	namespaced := a.Namespace != "" && a.Resource != core("namespaces")
	return namespaced == (*scope == admissionv1.NamespacedScope)
}

// isResource reads pods, pods/status, pods/*, */scale, * and */*.
func isResource(name string, a *api.Attributes) bool {
	resource, sub, _ := strings.Cut(name, "/")
	if resource != "*" && resource != a.Resource.Resource {
		return false
	}
	return sub == a.Subresource || sub == "*"
}

// namespace applies the namespace selector: to the labels of the request's namespace, and for a request about a
// namespace to its own.
func (w *webhook) namespace(ctx context.Context, reader Reader, a *api.Attributes) (bool, error) {
	if w.namespaces.Empty() {
		return true, nil
	}
	if a.Resource == core("namespaces") {
		obj := a.Object
		if obj == nil {
			obj = a.OldObject
		}
		return obj == nil || w.namespaces.Matches(labels.Set(obj.GetLabels())), nil
	}
	if a.Namespace == "" {
		return true, nil
	}
	ns, err := reader.Get(ctx, core("namespaces"), "", a.Namespace)
	if err != nil {
		return false, err
	}
	return w.namespaces.Matches(labels.Set(ns.GetLabels())), nil
}

// object applies the object selector: the object as it is or as it was must match.
func (w *webhook) object(a *api.Attributes) bool {
	if w.objects.Empty() {
		return true
	}
	matches := func(obj *unstructured.Unstructured) bool {
		return obj != nil && w.objects.Matches(labels.Set(obj.GetLabels()))
	}
	return matches(a.Object) || matches(a.OldObject)
}
