package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// fieldErrors shortens the signatures of the many validation functions.
type fieldErrors = field.ErrorList

// nameRule says which names a kind allows; nil is a DNS subdomain, which most kinds use.
type nameRule = apivalidation.ValidateNameFunc

func (b builtin[T]) nameRule() nameRule {
	if b.name == nil {
		return apivalidation.NameIsDNSSubdomain
	}
	return b.name
}

// validateNew checks the metadata, then what the kind adds.
func (b builtin[T]) validateNew(o runtime.Object) field.ErrorList {
	obj := o.(T)
	errs := apivalidation.ValidateObjectMetaAccessor(obj, !b.cluster, b.nameRule(), field.NewPath("metadata"))
	errs = append(errs, b.validateFinalizers(obj)...)
	if b.validate != nil {
		errs = append(errs, b.validate(obj)...)
	}
	return errs
}

// validateFinalizers knows the few finalizers without a domain. The kinds that extend the server allow any.
func (b builtin[T]) validateFinalizers(obj T) fieldErrors {
	switch b.group.Group {
	case "apiextensions.k8s.io", "apiregistration.k8s.io", "admissionregistration.k8s.io":
		return nil
	}
	var errs fieldErrors
	at := field.NewPath("metadata", "finalizers")
	for i, name := range obj.GetFinalizers() {
		switch name {
		case string(corev1.FinalizerKubernetes), metav1.FinalizerOrphanDependents, metav1.FinalizerDeleteDependents:
			continue
		}
		if !strings.Contains(name, "/") {
			errs = append(errs, field.Invalid(at.Index(i), name, "name is neither a standard finalizer name nor is it fully qualified"))
		}
	}
	return errs
}

// validateChange checks a changed object as registries do: the metadata against the stored one, the object by the rules
// of a new one (unless the kind says otherwise), and what may not change.
func (b builtin[T]) validateChange(o, oldObj runtime.Object) field.ErrorList {
	obj, old := o.(T), oldObj.(T)
	errs := b.validateMetaChange(obj, old)
	if b.validateUpdate != nil {
		return append(errs, b.validateUpdate(obj, old)...)
	}
	if b.validate != nil {
		errs = append(errs, b.validate(obj)...)
	}
	return errs
}

// validateMetaChange compares metadata. An update without a resourceVersion is one that any version satisfies, so the
// stored version stands in for it.
func (b builtin[T]) validateMetaChange(obj, old T) field.ErrorList {
	if obj.GetResourceVersion() == "" {
		obj.SetResourceVersion(old.GetResourceVersion())
	}
	meta := field.NewPath("metadata")
	errs := apivalidation.ValidateObjectMetaAccessor(obj, !b.cluster, b.nameRule(), meta)
	for _, err := range apivalidation.ValidateObjectMetaAccessorUpdate(obj, old, meta) {
		if !contains(errs, err) { // both functions look at labels and annotations
			errs = append(errs, err)
		}
	}
	return append(errs, b.validateFinalizers(obj)...)
}

func contains(errs field.ErrorList, err *field.Error) bool {
	for _, have := range errs {
		if have.Error() == err.Error() {
			return true
		}
	}
	return false
}

// immutable refuses a changed field with the server's usual text.
func immutable(value, old any, at *field.Path) field.ErrorList {
	return apivalidation.ValidateImmutableField(value, old, at)
}

// equal compares as the API does: an absent list or map equals an empty one.
func equal(a, b any) bool { return apiequality.Semantic.DeepEqual(a, b) }

// pathSegmentName is the rule of RBAC: anything that may stand in a URL.
var pathSegmentName nameRule = path.ValidatePathSegmentName

// setDefault gives a pointer field a value unless it has one.
func setDefault[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// setEmpty gives a string-like or numeric field a value unless it has one.
func setEmpty[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
