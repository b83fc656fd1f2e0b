package kube

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kept is what a watch remembers of an object: what names it, and what a State says of it. An object as maps takes a
// hundred times as much, and a cluster may have tens of thousands.
type kept struct {
	namespace, name, version string
	// says is a Namespace, workload, Policy, Report or Event; nil for what no State shows.
	says any
}

// GetObjectMeta implements metav1.ObjectMetaAccessor: an informer files an object under its name, and compares versions.
// What it is given is made when it asks, since an ObjectMeta takes four times as much as all the rest.
func (k *kept) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: k.namespace, Name: k.name, ResourceVersion: k.version}
}

// workload is a Workload, and who it belongs to.
type workload struct {
	Workload
	owner   *workloadKey // what controls it, nil for nothing
	failure *failure     // why it cannot make its pods, nil when it can
}

// keep returns what turns an object of a resource into what is remembered of it. It leaves alone what it made before. Texts
// that many objects have in common are held once.
func keep(gvr schema.GroupVersionResource, shared *words) func(any) (any, error) {
	says := sayingOf(gvr)
	return func(object any) (any, error) {
		u, ok := object.(*unstructured.Unstructured)
		if !ok {
			return object, nil
		}
		return &kept{shared.same(u.GetNamespace()), u.GetName(), u.GetResourceVersion(), shared.share(says(u))}, nil
	}
}

// sayingOf is what a State says of the objects of a resource.
func sayingOf(gvr schema.GroupVersionResource) func(*unstructured.Unstructured) any {
	switch gvr {
	case namespaces:
		return func(u *unstructured.Unstructured) any { return namespaceOf(u) }
	case events:
		return violation
	case clusterPolicies, policies:
		return func(u *unstructured.Unstructured) any { return policyOf(u) }
	case clusterReports, policyReports, openClusterReports, openReports:
		return func(u *unstructured.Unstructured) any { return reportOf(u) }
	case definitions:
		return func(*unstructured.Unstructured) any { return nil }
	}
	return workloadFrom
}

// workloadFrom is a pod or controller with what it belongs to. Of one that belongs to another only a failure is shown,
// which is the other's.
func workloadFrom(u *unstructured.Unstructured) any {
	why, failed := failureOf(u)
	owner := metav1.GetControllerOf(u)
	switch {
	case owner == nil && failed:
		return workload{Workload: workloadOf(u), failure: &why}
	case owner == nil:
		return workload{Workload: workloadOf(u)}
	case failed:
		return workload{owner: &workloadKey{u.GetNamespace(), owner.Kind, owner.Name}, failure: &why}
	}
	return nil
}

// violation is an event about a failed rule, nil for another one.
func violation(u *unstructured.Unstructured) any {
	if text(u.Object, "reason") != reasonViolation {
		return nil
	}
	return eventOf(u)
}
