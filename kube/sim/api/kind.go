package api

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Kind is one resource that the API server serves from Go types. Kinds of custom resource definitions are made by the
// API server itself from the stored CustomResourceDefinition.
type Kind struct {
	GVK        schema.GroupVersionKind
	Plural     string // "deployments"
	Singular   string // "deployment"
	ShortNames []string
	Categories []string // "all"
	Namespaced bool
	Verbs      []string // nil is all: create, delete, deletecollection, get, list, patch, update, watch
	// New returns an empty typed object (&appsv1.Deployment{}); field validation, OpenAPI and patches are made from it.
	New func() runtime.Object
	// Status says that /status exists and that writes to the main resource leave status alone (and the reverse).
	Status bool
	// Scale says that /scale exists (autoscaling/v1 Scale, spec.replicas).
	Scale bool
	// Strategy holds the kind's own rules; every hook may be nil.
	Strategy Strategy
	Table    Table
}

// GVR returns the kind's group, version and resource.
func (k *Kind) GVR() schema.GroupVersionResource { return k.GVK.GroupVersion().WithResource(k.Plural) }

// Strategy is what a kind does at the stages of a write, on its typed object. It mirrors the strategies of
// kube-apiserver's registries (pkg/registry/*/strategy.go).
type Strategy struct {
	// Default fills in what a client left out, as the API's versioned defaulting functions do.
	Default func(obj runtime.Object)
	// PrepareCreate sets what only the server may set (status.phase Pending, finalizers of a namespace, …).
	PrepareCreate func(obj runtime.Object)
	// PrepareUpdate carries over what a client may not change.
	PrepareUpdate func(obj, old runtime.Object)
	// Validate checks a new object; errors are sorted by the caller as the real server does (in order of discovery).
	Validate func(obj runtime.Object) field.ErrorList
	// ValidateUpdate checks a changed object against the stored one (immutable fields).
	ValidateUpdate func(obj, old runtime.Object) field.ErrorList
	// ValidatePart checks a change through a subresource that is a part of the object (ephemeralcontainers, resize)
	// instead of ValidateUpdate; false leaves it to that.
	ValidatePart func(subresource string, obj, old runtime.Object) (field.ErrorList, bool)
	// Warnings returns the texts of Warning headers for a written object.
	Warnings func(obj runtime.Object) []string
	// GenerationChanged says whether metadata.generation grows; nil compares spec.
	GenerationChanged func(obj, old runtime.Object) bool
}

// Table is a kind's server-side printing (meta.k8s.io/v1 Table).
type Table struct {
	Columns []metav1.TableColumnDefinition
	// Row returns the cells of one object; now is for ages.
	Row func(obj runtime.Object, now time.Time) []any
}
