package apiserver

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/store"
)

// resource is one group, version and resource that the server serves.
type resource struct {
	gvk        schema.GroupVersionKind
	gvr        schema.GroupVersionResource
	listKind   string
	singular   string
	shortNames []string
	categories []string
	namespaced bool
	verbs      []string
	status     bool
	scale      *scalePaths // nil without /scale
	// deprecation is the text of the Warning header that every answer about this version carries.
	deprecation string
	// revision changes when the definition of a custom kind does.
	revision string
	// selectable are the field selectors beyond metadata.name and metadata.namespace.
	selectable []string
	storage    storage
	model      model
	fields     *fieldManagers
}

// storage says where a resource's objects are, and how a stored object looks in the resource's own version.
type storage struct {
	resource schema.GroupResource
	// decode returns a stored object in the served version, encode the reverse; nil when both are the same. They
	// return a new object.
	decode, encode func(*unstructured.Unstructured) *unstructured.Unstructured
}

// scalePaths are the fields behind /scale.
type scalePaths struct {
	spec, status, selector []string
	// selectorIsText says that the selector is stored as the string that /scale shows.
	selectorIsText bool
}

// prepared is an object that passed a kind's own preparation and validation.
type prepared struct {
	object   *unstructured.Unstructured
	warnings []string
	errors   field.ErrorList
}

// model is what the server must know of a kind's schema and rules: typed for built-in kinds, structural for custom ones.
// Objects that go in are not changed; those that come out are new, unless nothing differs.
type model interface {
	// decode parses a request body and fills in defaults. strict lists unknown and duplicate fields.
	decode(body []byte) (obj *unstructured.Unstructured, strict []error, err error)
	// convert is decode for content that is parsed already, which it takes over.
	convert(content map[string]any) (obj *unstructured.Unstructured, strict []error, err error)
	// create prepares and validates a new object that went through mutating admission. decoded says that it still is what
	// decode or convert returned.
	create(obj *unstructured.Unstructured, decoded bool) (prepared, error)
	// update does so for a changed object; subresource is "" or one that changes the object itself.
	update(obj, old *unstructured.Unstructured, subresource string, decoded bool) (prepared, error)
	// vouched is create (old is nil) or update for an object that needs neither preparation nor validation.
	vouched(obj, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured
	// patchType returns an empty value of the Go type that a strategic merge patch needs; false if there is none.
	patchType() (any, bool)
	// columns and rows print objects.
	columns() []metav1.TableColumnDefinition
	row(obj *unstructured.Unstructured, now time.Time) ([]any, error)
}

// allVerbs are those of a resource that says nothing else.
func allVerbs() []string {
	return []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
}

// customVerbs are the same in the order in which the resources of definitions say them.
func customVerbs() []string {
	return []string{"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"}
}

func (r *resource) serves(verb string) bool { return slices.Contains(r.verbs, verb) }

// key names an object of this resource in the store.
func (r *resource) key(namespace, name string) store.Key {
	if !r.namespaced {
		namespace = ""
	}
	return store.Key{Resource: r.storage.resource, Namespace: namespace, Name: name}
}

// read returns a stored object in the resource's version.
func (r *resource) read(item *store.Item) *unstructured.Unstructured {
	if r.storage.decode == nil {
		return item.Object()
	}
	return r.storage.decode(item.Object())
}

// written returns an object in the version in which it is stored.
func (r *resource) written(obj *unstructured.Unstructured) *unstructured.Unstructured {
	if r.storage.encode == nil {
		return obj
	}
	return r.storage.encode(obj)
}
