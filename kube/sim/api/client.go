package api

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// Head is what is known of a stored object without a look into it.
type Head struct {
	Namespace, Name string
	UID             types.UID
	Revision        uint64 // the resourceVersion
	Labels          map[string]string
	Controller      types.UID // of the controlling owner, "" for none
	Deleting        bool
}

// Client is the API server as what runs inside the cluster sees it: controllers, the simulated Kyverno, webhooks. A
// call takes the same way as an HTTP request (defaults, admission, validation, store, watch), without the wire.
// Errors are *errors.StatusError of k8s.io/apimachinery.
type Client interface {
	// Get returns the object, or a NotFound status error. namespace is empty for cluster-scoped kinds.
	Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error)
	// List returns the objects of a namespace ("" is all) that the selector (nil is all) matches, ordered by namespace and name.
	List(ctx context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error)
	// Heads is List for who does not need the objects themselves, which may have to be unpacked.
	Heads(ctx context.Context, gvr schema.GroupVersionResource, namespace string) ([]Head, error)
	// Create stores a new object and returns it as stored. metadata.generateName is resolved before admission.
	Create(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, opts metav1.CreateOptions) (*unstructured.Unstructured, error)
	// Update replaces an object; with a metadata.resourceVersion it fails with Conflict unless it is the stored one.
	// subresource is "" or "status".
	Update(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error)
	// Delete removes an object, or marks it for deletion while finalizers remain.
	Delete(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string, opts metav1.DeleteOptions) error
	// Watch sends every present object as Added and then every change, until ctx ends; then the channel is closed.
	// The channel is never full: a slow reader delays only itself.
	Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error)
	// Vouched returns the same client for a writer who vouches for what it writes: an object is what its kind's Go type
	// encodes to, with all defaults, or fits the schema of its definition; it is valid, and the writer never changes it
	// again. Such objects are neither copied nor decoded nor validated, but admission sees them like any other. Of
	// built-in kinds it may create those without rules for creation (Events), and write status and binding.
	Vouched() Client
	// As returns the same client acting as another user, which admission and audit see.
	As(user, group string) Client
}
