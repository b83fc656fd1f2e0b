package engine

import (
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Operation is what a request does, spelled as in match.resources.operations.
type Operation string

// The operations of a request.
const (
	Create  Operation = "CREATE"
	Update  Operation = "UPDATE"
	Delete  Operation = "DELETE"
	Connect Operation = "CONNECT"
)

// Request is one resource in the context in which it is judged: an admission request, a resource of a background scan
// (Background true, no user), or a file given to the command line (Background false, Operation Create).
type Request struct {
	Operation   Operation
	Object      *unstructured.Unstructured // nil for Delete
	OldObject   *unstructured.Unstructured // nil for Create and scans
	Kind        schema.GroupVersionKind    // of the resource; empty: taken from Object, else OldObject
	Subresource string                     // "status", "scale", …; empty for the resource itself
	// NamespaceLabels are the labels of the resource's namespace, for namespaceSelector.
	NamespaceLabels map[string]string
	User            authenticationv1.UserInfo
	Roles           []string // "namespace:name"
	ClusterRoles    []string
	DryRun          bool
	// FromFile marks a resource that the command line judges: who asks is known only if a user was given, and there is no
	// request behind it with a name, a kind and more.
	FromFile bool
	// Variables are merged over those made from the request (a values file of the command line).
	Variables map[string]any
	// Background marks a scan of existing resources: rules that need a user or an operation are skipped as Kyverno does.
	Background bool
}

// Resource returns the object that is judged: the new one, or for Delete the old one.
func (r *Request) Resource() *unstructured.Unstructured {
	if r.Object != nil {
		return r.Object
	}
	return r.OldObject
}
