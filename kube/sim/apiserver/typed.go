package apiserver

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"podsec/kube/sim/api"
)

// typedModel is a built-in kind: Go types and the hooks of its strategy.
type typedModel struct {
	kind *api.Kind
}

func (m typedModel) decode(body []byte) (*unstructured.Unstructured, []error, error) {
	obj := m.kind.New()
	strict, err := kjson.UnmarshalStrict(body, obj)
	if err != nil {
		return nil, nil, err
	}
	u, err := m.defaulted(obj)
	return u, strict, err
}

func (m typedModel) convert(content map[string]any) (*unstructured.Unstructured, []error, error) {
	obj := m.kind.New()
	var strict []error
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(content, obj, true)
	if found, ok := runtime.AsStrictDecodingError(err); ok {
		strict, err = found.Errors(), nil
	}
	if err != nil {
		return nil, nil, err
	}
	u, err := m.defaulted(obj)
	return u, strict, err
}

// defaulted fills in defaults and returns the object as the server keeps it.
func (m typedModel) defaulted(obj runtime.Object) (*unstructured.Unstructured, error) {
	if m.kind.Strategy.Default != nil {
		m.kind.Strategy.Default(obj)
	}
	return m.untyped(obj)
}

// typed returns a typed copy of an object, with defaults: admission may have added what needs some.
// Without managed fields: no rule looks at them, and to convert them takes as long as all the rest.
func (m typedModel) typed(u *unstructured.Unstructured, withDefaults bool) (runtime.Object, error) {
	obj := m.kind.New()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(withoutManaged(u).Object, obj); err != nil {
		return nil, err
	}
	if withDefaults && m.kind.Strategy.Default != nil {
		m.kind.Strategy.Default(obj)
	}
	return obj, nil
}

func (m typedModel) untyped(obj runtime.Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("convert %s: %w", m.kind.GVK.Kind, err)
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetGroupVersionKind(m.kind.GVK)
	return u, nil
}

func (m typedModel) create(u *unstructured.Unstructured, decoded bool) (prepared, error) {
	strategy := m.kind.Strategy
	if m.kind.Status {
		u = withField(u, nil, "status")
	}
	obj, err := m.typed(u, !decoded)
	if err != nil {
		return prepared{}, err
	}
	if strategy.PrepareCreate != nil {
		strategy.PrepareCreate(obj)
	}
	p := prepared{}
	if strategy.Validate != nil {
		p.errors = strategy.Validate(obj)
	}
	return m.finish(p, obj, managedFieldsOf(u))
}

func (m typedModel) update(u, oldU *unstructured.Unstructured, subresource string, decoded bool) (prepared, error) {
	u = m.confine(u, oldU, subresource)
	obj, err := m.typed(u, !decoded)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{}
	if subresource != "status" {
		old, err := m.typed(oldU, false)
		if err != nil {
			return prepared{}, err
		}
		if p.errors, err = m.change(obj, old, subresource); err != nil {
			return prepared{}, err
		}
	}
	return m.finish(p, obj, managedFieldsOf(u))
}

func (m typedModel) vouched(u, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	if old == nil {
		return u
	}
	return m.confine(u, old, subresource)
}

// change runs the hooks of an update of more than status.
func (m typedModel) change(obj, old runtime.Object, subresource string) (errs []*fieldError, err error) {
	strategy := m.kind.Strategy
	if strategy.PrepareUpdate != nil {
		strategy.PrepareUpdate(obj, old)
	}
	if err := m.grow(obj, old); err != nil {
		return nil, err
	}
	if strategy.ValidatePart != nil {
		if errs, ok := strategy.ValidatePart(subresource, obj, old); ok {
			return errs, nil
		}
	}
	if strategy.ValidateUpdate != nil {
		errs = strategy.ValidateUpdate(obj, old)
	}
	return errs, nil
}

// confine keeps a write to the part that its endpoint may change: /status to status, everything else away from it.
func (m typedModel) confine(u, old *unstructured.Unstructured, subresource string) *unstructured.Unstructured {
	switch {
	case subresource == "status":
		return withAnnotations(statusOnly(u, old), u)
	case subresource == "ephemeralcontainers" || subresource == "resize":
		return partOnly(u, old, subresource)
	case m.kind.Status:
		return withField(u, old.Object["status"], "status")
	}
	return u
}

// withAnnotations returns obj with the annotations of from. The registries of built-in kinds let a write to /status
// change them: it is how the Deployment controller numbers revisions without a new generation.
func withAnnotations(obj, from *unstructured.Unstructured) *unstructured.Unstructured {
	obj.SetAnnotations(from.GetAnnotations())
	return obj
}

// grow raises metadata.generation when the kind counts generations and this one differs.
func (m typedModel) grow(obj, old runtime.Object) error {
	objMeta, err := meta.Accessor(obj)
	if err != nil {
		return err
	}
	oldMeta, err := meta.Accessor(old)
	if err != nil {
		return err
	}
	objMeta.SetGeneration(oldMeta.GetGeneration())
	changed, err := m.generationChanged(obj, old)
	if changed {
		objMeta.SetGeneration(oldMeta.GetGeneration() + 1)
	}
	return err
}

func (m typedModel) generationChanged(obj, old runtime.Object) (bool, error) {
	if hook := m.kind.Strategy.GenerationChanged; hook != nil {
		return hook(obj, old), nil
	}
	oldMeta, err := meta.Accessor(old)
	if err != nil || oldMeta.GetGeneration() == 0 {
		return false, err
	}
	return specDiffers(obj, old)
}

// finish returns the object with the managed fields that it had, and its warnings.
func (m typedModel) finish(p prepared, obj runtime.Object, managed []any) (prepared, error) {
	var err error
	if p.object, err = m.untyped(obj); err != nil {
		return prepared{}, err
	}
	if meta, ok := p.object.Object["metadata"].(map[string]any); ok && len(managed) > 0 {
		meta["managedFields"] = managed
	}
	if m.kind.Strategy.Warnings != nil && len(p.errors) == 0 {
		p.warnings = m.kind.Strategy.Warnings(obj)
	}
	return p, nil
}

func (m typedModel) patchType() (any, bool) { return m.kind.New(), true }

func (m typedModel) columns() []metav1.TableColumnDefinition {
	if len(m.kind.Table.Columns) == 0 {
		return defaultColumns()
	}
	return m.kind.Table.Columns
}

func (m typedModel) row(u *unstructured.Unstructured, now time.Time) ([]any, error) {
	if m.kind.Table.Row == nil {
		return defaultRow(u), nil
	}
	obj, err := m.typed(u, false)
	if err != nil {
		return nil, err
	}
	return m.kind.Table.Row(obj, now), nil
}
