package apiserver

import (
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	rtschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// customSchema is the schema of one version of a custom kind. Its parts are compiled when they are first needed:
// large definitions take tens of milliseconds, and most versions are never written.
type customSchema struct {
	gvk     rtschema.GroupVersionKind
	content map[string]any // openAPIV3Schema as stored; nil if the version has none

	once     sync.Once
	err      error
	internal *apiextensions.JSONSchemaProps
	shape    *schema.Structural
	rules    validation.SchemaValidator
	status   validation.SchemaValidator
	cel      *cel.Validator

	fieldsOnce sync.Once
	fields     managedfields.TypeConverter
}

// compiled makes sure that the schema's parts are there.
func (c *customSchema) compiled() error {
	c.once.Do(func() {
		if c.err = c.compile(); c.err != nil {
			c.err = fmt.Errorf("compile schema of %s: %w", c.gvk.Kind, c.err)
		}
	})
	return c.err
}

func (c *customSchema) compile() error {
	external := &apiextensionsv1.JSONSchemaProps{Type: "object"}
	if c.content == nil {
		preserve := true
		external.XPreserveUnknownFields = &preserve
	} else if err := runtime.DefaultUnstructuredConverter.FromUnstructured(c.content, external); err != nil {
		return err
	}
	c.internal = &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(external, c.internal, nil); err != nil {
		return err
	}
	shape, err := schema.NewStructural(c.internal)
	if err != nil {
		return err
	}
	c.shape = shape.DeepCopy()
	if err := defaulting.PruneDefaults(c.shape); err != nil {
		return err
	}
	if c.rules, _, err = validation.NewSchemaValidator(c.internal); err != nil {
		return err
	}
	if status, ok := c.internal.Properties["status"]; ok {
		if c.status, _, err = validation.NewSchemaValidator(&status); err != nil {
			return err
		}
	}
	c.cel = cel.NewValidator(c.shape, true, celconfig.PerCallLimit)
	return nil
}

// converter returns the schema as field management needs it. A schema that it cannot read is deduced from the objects.
func (c *customSchema) converter() managedfields.TypeConverter {
	c.fieldsOnce.Do(func() {
		c.fields = managedfields.NewDeducedTypeConverter()
		if c.compiled() != nil || c.content == nil {
			return
		}
		if made, err := managedfields.NewTypeConverter(map[string]*spec.Schema{c.gvk.Kind: c.openAPI()}, false); err == nil {
			c.fields = made
		}
	})
	return c.fields
}

// openAPI returns the schema as OpenAPI v3, with the fields that every object has.
func (c *customSchema) openAPI() *spec.Schema {
	out := c.shape.ToKubeOpenAPI()
	if out.Properties == nil {
		out.Properties = map[string]spec.Schema{}
	}
	out.Properties["apiVersion"] = *spec.StringProperty()
	out.Properties["kind"] = *spec.StringProperty()
	out.Properties["metadata"] = *metadataSchema()
	if out.Extensions == nil {
		out.Extensions = spec.Extensions{}
	}
	out.Extensions["x-kubernetes-group-version-kind"] = []any{map[string]any{"group": c.gvk.Group, "version": c.gvk.Version, "kind": c.gvk.Kind}}
	return out
}

// metadataSchema is the part of ObjectMeta's schema that decides how fields are owned (k8s.io/apimachinery's types.go).
func metadataSchema() *spec.Schema {
	text := spec.StringProperty()
	owner := new(spec.Schema).Typed("object", "").SetProperty("uid", *text).SetProperty("apiVersion", *text).SetProperty("kind", *text).
		SetProperty("name", *text).SetProperty("controller", *spec.BoolProperty()).SetProperty("blockOwnerDeletion", *spec.BoolProperty())
	owners := spec.ArrayProperty(owner)
	owners.Extensions = spec.Extensions{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": []any{"uid"}}
	finalizers := spec.ArrayProperty(text)
	finalizers.Extensions = spec.Extensions{"x-kubernetes-list-type": "set"}
	meta := new(spec.Schema).Typed("object", "")
	for _, name := range []string{"name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"} {
		meta.SetProperty(name, *text)
	}
	meta.SetProperty("generation", *spec.Int64Property())
	meta.SetProperty("deletionGracePeriodSeconds", *spec.Int64Property())
	meta.SetProperty("labels", *spec.MapProperty(text))
	meta.SetProperty("annotations", *spec.MapProperty(text))
	meta.SetProperty("ownerReferences", *owners)
	meta.SetProperty("finalizers", *finalizers)
	// The managers strip managedFields themselves: any shape will do.
	meta.SetProperty("managedFields", *spec.ArrayProperty(spec.MapProperty(nil)))
	return meta
}
