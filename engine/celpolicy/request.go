package celpolicy

import (
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/authentication/user"
)

// Request is what a policy judges: one operation on one resource.
type Request struct {
	Resource  *unstructured.Unstructured
	What      string // the resource, in messages; empty: "resource"
	Operation string // CREATE, UPDATE, DELETE, CONNECT; others are CREATE
	Kind      schema.GroupVersionKind
	Plural    schema.GroupVersionResource
	User      authenticationv1.UserInfo
	// Namespace is the resource's namespace as far as it is known; nil when nothing is known of it.
	Namespace *corev1.Namespace
	// Cluster is what a request to a cluster says beyond that; nil without one.
	Cluster *ClusterRequest
}

// ClusterRequest is what only a cluster knows of a request.
type ClusterRequest struct {
	UID             types.UID
	Namespace, Name string
	Subresource     string
	Old             *unstructured.Unstructured // the object before an update
	DryRun          bool
}

// cluster is what is known of the request beyond its resource.
func (r *Request) cluster() ClusterRequest {
	if r.Cluster != nil {
		return *r.Cluster
	}
	return ClusterRequest{Namespace: r.Resource.GetNamespace(), Name: r.Resource.GetName(), Old: r.Resource}
}

// objects are the object and the old one, to be read: of a creation only the first is there, of a deletion only the second.
func (r *Request) objects() (object, old *unstructured.Unstructured) {
	object, old = r.Resource, &unstructured.Unstructured{}
	switch r.Operation {
	case "UPDATE":
		old = r.cluster().Old
	case "DELETE":
		object, old = old, object
	}
	return object, old
}

// namespace is nil, and not an interface that holds nil, when nothing is known of it.
func (r *Request) namespace() runtime.Object {
	if r.Namespace == nil {
		return nil
	}
	return r.Namespace
}

func (r *Request) operation() admission.Operation {
	switch operation := admission.Operation(r.Operation); operation {
	case admission.Update, admission.Delete, admission.Connect:
		return operation
	}
	return admission.Create
}

// attributes is the request as the API server's matchers want it.
func (r *Request) attributes(object, old runtime.Object, who authenticationv1.UserInfo) admission.Attributes {
	c := r.cluster()
	return admission.NewAttributesRecord(object, old, r.Kind, c.Namespace, c.Name, r.Plural, c.Subresource,
		r.operation(), nil, c.DryRun, asUser(who))
}

func asUser(info authenticationv1.UserInfo) user.Info {
	extra := map[string][]string{}
	for key, values := range info.Extra {
		extra[key] = values
	}
	return &user.DefaultInfo{Name: info.Username, UID: info.UID, Groups: info.Groups, Extra: extra}
}

// review is the request as expressions see it: its objects are under object and oldObject, and here too.
func (r *Request) review() (map[string]any, error) {
	kind, plural, c := metav1.GroupVersionKind(r.Kind), metav1.GroupVersionResource(r.Plural), r.cluster()
	review := admissionv1.AdmissionRequest{
		UID: c.UID, Kind: kind, Resource: plural, SubResource: c.Subresource,
		RequestKind: &kind, RequestResource: &plural, RequestSubResource: c.Subresource,
		Name: c.Name, Namespace: c.Namespace, Operation: admissionv1.Operation(r.operation()),
		UserInfo: r.User, DryRun: &c.DryRun,
	}
	object, old := r.objects()
	if len(object.Object) > 0 {
		review.Object.Object = object
	}
	if len(old.Object) > 0 {
		review.OldObject.Object = old
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&review)
	if err != nil {
		return nil, fmt.Errorf("failed to prepare request variable for evaluation: %w", err)
	}
	return content, nil
}
