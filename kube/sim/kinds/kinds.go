package kinds

import (
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// All returns the built-in kinds in the order in which a real server's discovery lists them: the core group first,
// then the named groups. Every call returns fresh values.
func All() []*api.Kind {
	return slices.Concat(
		coreKinds(), registrationKinds(), appsKinds(), eventsKinds(), autoscalingKinds(), batchKinds(), certificatesKinds(),
		networkingKinds(), addressKinds(), policyKinds(), rbacKinds(), storageKinds(), driverKinds(), admissionKinds(),
		extensionKinds(), schedulingKinds(), coordinationKinds(), nodeKinds(), discoveryKinds(), deviceKinds(), flowcontrolKinds(),
	)
}

// object is what every typed API object is.
type object interface {
	runtime.Object
	metav1.Object
}

// builtin describes one kind in terms of its Go type T; kind turns it into what the API server takes.
type builtin[T object] struct {
	new   func() T
	group schema.GroupVersion
	kind  string
	// plural is the resource's name in URLs; the singular is the kind in lower case.
	plural     string
	short      []string
	categories []string
	cluster    bool // not namespaced
	verbs      []string
	status     bool
	scale      bool
	// generation says that the registry counts metadata.generation; not every kind with a spec does.
	generation bool
	changed    func(obj, old T) bool // what counts as a new generation; nil compares spec

	name           nameRule
	defaults       func(T)
	create         func(T)
	update         func(obj, old T)
	validate       func(T) fieldErrors
	validateUpdate func(obj, old T) fieldErrors
	validatePart   func(subresource string, obj, old T) (fieldErrors, bool)
	warnings       func(T) []string

	columns []metav1.TableColumnDefinition
	row     func(T, time.Time) []any
}

func (b builtin[T]) build() *api.Kind {
	return &api.Kind{
		GVK: b.group.WithKind(b.kind), Plural: b.plural, Singular: strings.ToLower(b.kind), ShortNames: b.short, Categories: b.categories,
		Namespaced: !b.cluster, Verbs: b.verbs, Status: b.status, Scale: b.scale,
		New:      func() runtime.Object { return b.new() },
		Strategy: b.strategy(),
		Table:    b.table(),
	}
}

func (b builtin[T]) table() api.Table {
	if b.row == nil {
		return api.Table{Columns: plainColumns(), Row: plainRow}
	}
	return api.Table{
		Columns: b.columns,
		Row:     func(obj runtime.Object, now time.Time) []any { return b.row(obj.(T), now) },
	}
}

func (b builtin[T]) strategy() api.Strategy {
	s := api.Strategy{
		PrepareCreate:     b.prepareCreate,
		Validate:          b.validateNew,
		ValidateUpdate:    b.validateChange,
		GenerationChanged: b.generationChanged(),
	}
	if b.defaults != nil {
		s.Default = func(obj runtime.Object) { b.defaults(obj.(T)) }
	}
	if b.update != nil {
		s.PrepareUpdate = func(obj, old runtime.Object) { b.update(obj.(T), old.(T)) }
	}
	if b.validatePart != nil {
		s.ValidatePart = func(subresource string, o, oldObj runtime.Object) (field.ErrorList, bool) {
			obj, old := o.(T), oldObj.(T)
			errs, ok := b.validatePart(subresource, obj, old)
			return append(b.validateMetaChange(obj, old), errs...), ok
		}
	}
	if b.warnings != nil {
		s.Warnings = func(obj runtime.Object) []string { return b.warnings(obj.(T)) }
	}
	return s
}

func (b builtin[T]) prepareCreate(o runtime.Object) {
	obj := o.(T)
	obj.SetGeneration(0)
	if b.generation {
		obj.SetGeneration(1)
	}
	if b.create != nil {
		b.create(obj)
	}
}

// generationChanged leaves the comparison of specs to the API server where that is the rule.
func (b builtin[T]) generationChanged() func(obj, old runtime.Object) bool {
	switch {
	case !b.generation:
		return func(_, _ runtime.Object) bool { return false }
	case b.changed != nil:
		return func(obj, old runtime.Object) bool { return b.changed(obj.(T), old.(T)) }
	}
	return nil
}
