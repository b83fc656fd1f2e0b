package policies

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured/unstructuredscheme"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"

	"podsec/kube/sim/api"
)

// objects tells kube-apiserver's code about kinds and their versions. All objects are unstructured.
type objects struct {
	catalog Catalog
	mapper  runtime.EquivalentResourceRegistry
}

func newObjects(catalog Catalog, resources []api.Resource) *objects {
	storage := make(map[schema.GroupResource]string, len(resources))
	for _, r := range resources {
		storage[r.GVR.GroupResource()] = r.Storage.String()
	}
	mapper := runtime.NewEquivalentResourceRegistryWithIdentity(func(r schema.GroupResource) string { return storage[r] })
	for _, r := range resources {
		mapper.RegisterKindFor(r.GVR, "", r.GVK)
		for name, kind := range r.Subresources {
			mapper.RegisterKindFor(r.GVR, name, kind)
		}
	}
	return &objects{catalog: catalog, mapper: mapper}
}

func (o *objects) GetObjectCreater() runtime.ObjectCreater {
	return unstructuredscheme.NewUnstructuredCreator()
}

func (o *objects) GetObjectTyper() runtime.ObjectTyper {
	return unstructuredscheme.NewUnstructuredObjectTyper()
}

func (o *objects) GetObjectDefaulter() runtime.ObjectDefaulter { return defaulter{o.catalog} }

func (o *objects) GetObjectConvertor() runtime.ObjectConvertor { return convertor{o.catalog} }

func (o *objects) GetEquivalentResourceMapper() runtime.EquivalentResourceMapper { return o.mapper }

// defaulter fills in what a policy left out of what it added.
type defaulter struct{ catalog Catalog }

// Default implements runtime.ObjectDefaulter. What does not fit its kind stays as it is: the API server says so when all
// policies had their turn.
func (d defaulter) Default(in runtime.Object) {
	u, ok := in.(*unstructured.Unstructured)
	if !ok {
		return
	}
	if out, err := d.catalog.Default(u); err == nil {
		u.Object = out.Object
	}
}

// convertor changes the versions of objects.
type convertor struct{ catalog Catalog }

// Convert implements runtime.ObjectConvertor: out gets the content of in, in the version that out has.
func (c convertor) Convert(in, out, _ any) error {
	from, ok := in.(*unstructured.Unstructured)
	to, is := out.(*unstructured.Unstructured)
	if !ok || !is {
		return fmt.Errorf("convert %T to %T: not unstructured", in, out)
	}
	converted, err := c.catalog.Convert(from, to.GroupVersionKind())
	if err != nil {
		return err
	}
	to.Object = converted.Object
	return nil
}

// ConvertToVersion implements runtime.ObjectConvertor.
func (c convertor) ConvertToVersion(in runtime.Object, gv runtime.GroupVersioner) (runtime.Object, error) {
	kind, ok := gv.KindForGroupVersionKinds([]schema.GroupVersionKind{in.GetObjectKind().GroupVersionKind()})
	if !ok {
		return nil, runtime.NewNotRegisteredErrForTarget("policies", nil, gv)
	}
	out := &unstructured.Unstructured{}
	out.SetGroupVersionKind(kind)
	return out, c.Convert(in, out, nil)
}

// ConvertFieldLabel implements runtime.ObjectConvertor.
func (convertor) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// converters finds the schemas by which apply configurations are merged.
type converters struct{ catalog Catalog }

// GetTypeConverter implements patch.TypeConverterManager.
func (c converters) GetTypeConverter(kind schema.GroupVersionKind) managedfields.TypeConverter {
	return c.catalog.TypeConverter(kind)
}

// Run implements patch.TypeConverterManager: there is nothing to follow.
func (converters) Run(context.Context) {}
