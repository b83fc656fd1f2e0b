package apiserver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celmodel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	rtschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
	kjson "sigs.k8s.io/json"
)

// customModel is a kind of a CustomResourceDefinition. It follows k8s.io/apiextensions-apiserver's handler and
// strategy, on whose schema packages it stands.
type customModel struct {
	schema     *customSchema
	namespaced bool
	hasStatus  bool
	printer    *columnPrinter
}

func newCustomModel(gvk rtschema.GroupVersionKind, v apiextensionsv1.CustomResourceDefinitionVersion, content map[string]any, namespaced bool) (*customModel, error) {
	printer, err := newColumnPrinter(v.AdditionalPrinterColumns)
	if err != nil {
		return nil, err
	}
	return &customModel{
		schema:     &customSchema{gvk: gvk, content: content},
		namespaced: namespaced,
		hasStatus:  v.Subresources != nil && v.Subresources.Status != nil,
		printer:    printer,
	}, nil
}

func (m *customModel) decode(body []byte) (*unstructured.Unstructured, []error, error) {
	content := map[string]any{}
	strict, err := kjson.UnmarshalStrict(body, &content)
	if err != nil {
		return nil, nil, err
	}
	obj, unknown, err := m.convert(content)
	return obj, append(strict, unknown...), err
}

func (m *customModel) convert(content map[string]any) (*unstructured.Unstructured, []error, error) {
	if err := m.schema.compiled(); err != nil {
		return nil, nil, err
	}
	obj := &unstructured.Unstructured{Object: content}
	unknown, err := m.coerce(obj)
	if err != nil {
		return nil, nil, err
	}
	defaulting.Default(obj.Object, m.schema.shape)
	var strict []error
	for _, path := range unknown {
		strict = append(strict, fmt.Errorf("unknown field %q", path))
	}
	return obj, strict, nil
}

// coerce brings content to the schema: unknown fields go, and so do nulls where none are allowed. It returns the paths
// of what it removed.
func (m *customModel) coerce(obj *unstructured.Unstructured) ([]string, error) {
	kind, apiVersion := obj.GetKind(), obj.GetAPIVersion()
	meta, found, unknown, err := objectmeta.GetObjectMetaWithOptions(obj.Object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, err
	}
	unknown = append(unknown, pruning.PruneWithOptions(obj.Object, m.schema.shape, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(obj.Object, m.schema.shape)
	fieldErr, embedded := objectmeta.CoerceWithOptions(nil, obj.Object, m.schema.shape, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if fieldErr != nil {
		return nil, fieldErr
	}
	obj.SetKind(kind)
	obj.SetAPIVersion(apiVersion)
	if found {
		if err := objectmeta.SetObjectMeta(obj.Object, meta); err != nil {
			return nil, err
		}
	}
	return append(unknown, embedded...), nil
}

func (m *customModel) create(obj *unstructured.Unstructured, decoded bool) (prepared, error) {
	obj, err := m.afterAdmission(obj, decoded)
	if err != nil {
		return prepared{}, err
	}
	if m.hasStatus {
		delete(obj.Object, "status")
	}
	obj.SetGeneration(1)
	return prepared{object: obj, errors: m.validate(obj)}, nil
}

// afterAdmission brings what admission may have changed back to the schema.
func (m *customModel) afterAdmission(obj *unstructured.Unstructured, decoded bool) (*unstructured.Unstructured, error) {
	if decoded {
		return ownMetadata(obj), nil
	}
	out, _, err := m.convert(obj.DeepCopy().Object)
	return out, err
}

func (m *customModel) vouched(obj, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	if old == nil {
		obj.SetGeneration(1)
		return obj
	}
	return m.counted(ownMetadata(m.confine(obj, old, subresource)), old, subresource)
}

// confine keeps a write to the part that its endpoint may change.
func (m *customModel) confine(obj, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	switch {
	case subresource == "status":
		return statusOnly(obj, old)
	case m.hasStatus:
		return withField(obj, old.Object["status"], "status")
	}
	return obj
}

func (m *customModel) update(obj, old *unstructured.Unstructured, subresource string, decoded bool) (prepared, error) {
	obj, err := m.afterAdmission(m.confine(obj, old, subresource), decoded)
	if err != nil {
		return prepared{}, err
	}
	obj = m.counted(obj, old, subresource)
	return prepared{object: obj, errors: m.validateUpdate(obj, old, subresource)}, nil
}

// counted sets the generation, which counts changes of anything but metadata and status.
func (m *customModel) counted(obj, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	obj.SetGeneration(old.GetGeneration())
	if subresource != "status" && contentDiffers(obj.Object, old.Object, "metadata") {
		obj.SetGeneration(old.GetGeneration() + 1)
	}
	return obj
}

// validate applies a new object's rules in the order of customresource's strategy.
func (m *customModel) validate(obj *unstructured.Unstructured) field.ErrorList {
	errs := m.typeErrors(obj)
	if len(errs) > 0 {
		return errs
	}
	errs = metavalidation.ValidateObjectMetaAccessor(withoutManaged(obj), m.namespaced, metavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, inOrder(validation.ValidateCustomResource(nil, obj.Object, m.schema.rules))...)
	errs = append(errs, objectmeta.Validate(nil, obj.Object, m.schema.shape, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, m.schema.shape, obj.Object)...)
	return append(errs, m.validateRules(errs, obj, nil)...)
}

// validateUpdate does so for a change; what was wrong before and did not change is let through (ratcheting).
func (m *customModel) validateUpdate(obj, old *unstructured.Unstructured, subresource string) field.ErrorList {
	errs := m.typeErrors(obj)
	if len(errs) > 0 {
		return errs
	}
	if subresource == "status" {
		if m.schema.status == nil || obj.Object["status"] == nil {
			return nil
		}
		return inOrder(validation.ValidateCustomResourceUpdate(field.NewPath("status"), obj.Object["status"], old.Object["status"], m.schema.status))
	}
	correlated := common.NewCorrelatedObject(obj.Object, old.Object, &celmodel.Structural{Structural: m.schema.shape})
	errs = inOrder(validation.ValidateCustomResourceUpdate(nil, obj.Object, old.Object, m.schema.rules, validation.WithRatcheting(correlated)))
	errs = append(errs, objectmeta.Validate(nil, obj.Object, m.schema.shape, false)...)
	if len(listtype.ValidateListSetsAndMaps(nil, m.schema.shape, old.Object)) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, m.schema.shape, obj.Object)...)
	}
	return append(errs, m.validateRules(errs, obj, old, cel.WithRatcheting(correlated))...)
}

// inOrder sorts errors by field. The schema's validator goes through the fields of an object in random order.
func inOrder(errs field.ErrorList) field.ErrorList {
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return strings.Compare(a.Field, b.Field) })
	return errs
}

// validateRules evaluates x-kubernetes-validations, unless the object is too broken for them.
func (m *customModel) validateRules(found field.ErrorList, obj, old *unstructured.Unstructured, opts ...cel.Option) field.ErrorList {
	if m.schema.cel == nil {
		return nil
	}
	for _, err := range found {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return field.ErrorList{field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation")}
		}
	}
	var before any
	if old != nil {
		before = old.Object
	}
	errs, _ := m.schema.cel.Validate(context.Background(), nil, m.schema.shape, obj.Object, before, celconfig.RuntimeCELCostBudget, opts...)
	return errs
}

func (m *customModel) typeErrors(obj *unstructured.Unstructured) field.ErrorList {
	var errs field.ErrorList
	if kind := m.schema.gvk.Kind; obj.GetKind() != kind {
		errs = append(errs, field.Invalid(field.NewPath("kind"), obj.GetKind(), "must be "+kind))
	}
	if want := m.schema.gvk.GroupVersion().String(); obj.GetAPIVersion() != want {
		errs = append(errs, field.Invalid(field.NewPath("apiVersion"), obj.GetAPIVersion(), "must be "+want))
	}
	return errs
}

func (m *customModel) patchType() (any, bool) { return nil, false }

func (m *customModel) columns() []metav1.TableColumnDefinition { return m.printer.headers }

func (m *customModel) row(obj *unstructured.Unstructured, now time.Time) ([]any, error) {
	return m.printer.row(obj, now), nil
}
