package quota

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"
)

// Kind measures the objects of one resource.
type Kind struct {
	// names picks those of a quota's resources that objects of this kind use.
	names func(hard []corev1.ResourceName) []corev1.ResourceName
	// usage is what one object uses.
	usage func(*unstructured.Unstructured) (corev1.ResourceList, error)
	// scope says whether an object is in a scope; nil is in none.
	scope func(corev1.ScopedResourceSelectorRequirement, *unstructured.Unstructured) (bool, error)
	// required says what an object must state of the resources that a quota limits; nil is nothing.
	required func([]corev1.ResourceName, *unstructured.Unstructured) error
}

// KindOf returns how objects of a resource are measured.
func KindOf(of schema.GroupResource) Kind {
	switch of {
	case pods:
		return Kind{names: podNames, usage: podUsage, scope: podInScope, required: podRequired}
	case services:
		return Kind{names: among(serviceNames()...), usage: serviceUsage}
	case claims:
		return Kind{names: claimNames, usage: claimUsage, scope: claimInScope}
	}
	counted := countedAs(of)
	return Kind{names: among(counted...), usage: func(*unstructured.Unstructured) (corev1.ResourceList, error) {
		used := corev1.ResourceList{}
		for _, name := range counted {
			used[name] = one()
		}
		return used, nil
	}}
}

var (
	pods     = schema.GroupResource{Resource: "pods"}
	services = schema.GroupResource{Resource: "services"}
	claims   = schema.GroupResource{Resource: "persistentvolumeclaims"}
)

// countPrefix begins the names of resources that count the objects of a kind.
const countPrefix = "count/"

// countedAs returns the names under which objects are counted. Some kinds have a second one, from before any kind could
// be counted.
func countedAs(of schema.GroupResource) []corev1.ResourceName {
	names := []corev1.ResourceName{corev1.ResourceName(countPrefix + of.String())}
	switch of.String() {
	case "configmaps", "resourcequotas", "replicationcontrollers", "secrets":
		names = append(names, corev1.ResourceName(of.Resource))
	}
	return names
}

func one() resource.Quantity { return *resource.NewQuantity(1, resource.DecimalSI) }

func among(names ...corev1.ResourceName) func([]corev1.ResourceName) []corev1.ResourceName {
	return func(hard []corev1.ResourceName) []corev1.ResourceName { return quotav1.Intersection(hard, names) }
}

// inScope says whether an object is in all scopes of a quota.
func (k Kind) inScope(q *corev1.ResourceQuota, obj *unstructured.Unstructured) (bool, error) {
	for _, scope := range scopesOf(q) {
		if k.scope == nil {
			return false, nil
		}
		if in, err := k.scope(scope, obj); err != nil || !in {
			return false, err
		}
	}
	return true, nil
}

func scopesOf(q *corev1.ResourceQuota) []corev1.ScopedResourceSelectorRequirement {
	var out []corev1.ScopedResourceSelectorRequirement
	for _, name := range q.Spec.Scopes {
		out = append(out, corev1.ScopedResourceSelectorRequirement{ScopeName: name, Operator: corev1.ScopeSelectorOpExists})
	}
	if q.Spec.ScopeSelector != nil {
		out = append(out, q.Spec.ScopeSelector.MatchExpressions...)
	}
	return out
}

// Counts says whether a quota is to limit something that objects of this kind use.
func (k Kind) Counts(q *corev1.ResourceQuota) bool {
	return len(k.names(quotav1.ResourceNames(q.Spec.Hard))) > 0
}

// Used sums up what objects use of what a quota limits; a resource that none of them uses is zero.
func (k Kind) Used(q *corev1.ResourceQuota, objects []*unstructured.Unstructured) (corev1.ResourceList, error) {
	names := k.names(quotav1.ResourceNames(q.Spec.Hard))
	used := corev1.ResourceList{}
	for _, name := range names {
		used[name] = resource.Quantity{Format: resource.DecimalSI}
	}
	for _, obj := range objects {
		in, err := k.inScope(q, obj)
		if err != nil || !in {
			continue // an object whose scope cannot be told is in none
		}
		usage, err := k.usage(obj)
		if err != nil {
			return nil, err
		}
		used = quotav1.Add(used, usage)
	}
	return quotav1.Mask(used, names), nil
}

// isExtended says whether a resource of a quota is one that nodes offer beyond Kubernetes' own (requests.vendor.com/gpu).
func isExtended(name corev1.ResourceName) bool {
	text := string(name)
	return strings.HasPrefix(text, corev1.DefaultResourceRequestsPrefix) && !isNative(text)
}

func isNative(name string) bool {
	return !strings.Contains(name, "/") || strings.Contains(name, corev1.ResourceDefaultNamespacePrefix)
}
