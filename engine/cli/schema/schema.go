// Package schema says what is wrong with Kyverno's policies and exceptions by their CustomResourceDefinitions, in the
// words of the Kyverno CLI 1.19.
package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	rtschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Checker checks objects. It is safe for concurrent use.
type Checker struct {
	definition Lookup
	mutex      sync.Mutex
	compiled   map[rtschema.GroupVersionKind]*compiled
}

// Lookup finds the specification of a CustomResourceDefinition, as JSON, by the definition's name
// ("clusterpolicies.kyverno.io"); nil when there is none.
type Lookup func(name string) (json.RawMessage, error)

// New returns a checker for the kinds of some CustomResourceDefinitions, which are looked up when first needed.
func New(definition Lookup) *Checker {
	return &Checker{definition: definition, compiled: map[rtschema.GroupVersionKind]*compiled{}}
}

// compiled is the schema of one version of a kind.
type compiled struct {
	shape     *schema.Structural
	validator validation.SchemaValidator
}

// Check says what is wrong with an object: unknown fields, else values of a wrong type or form. Kinds without a
// definition are not checked.
func (c *Checker) Check(object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	s, err := c.find(kind)
	if err != nil || s == nil {
		return err
	}
	var wrong field.ErrorList
	content := object.DeepCopy().Object
	unknown := pruning.PruneWithOptions(content, s.shape, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	slices.Sort(unknown)
	for _, path := range unknown {
		wrong = append(wrong, field.Invalid(field.NewPath(path), field.OmitValueType{}, "value provided for unknown field"))
	}
	if len(wrong) == 0 {
		wrong = metadata(object)
	}
	if len(wrong) == 0 {
		wrong = append(validation.ValidateCustomResource(nil, object.Object, s.validator), listtype.ValidateListSetsAndMaps(nil, s.shape, object.Object)...)
		// The validator goes through fields in any order.
		slices.SortStableFunc(wrong, func(a, b *field.Error) int { return strings.Compare(a.Field, b.Field) })
	}
	if len(wrong) == 0 {
		return nil
	}
	return apierrors.NewInvalid(kind.GroupKind(), object.GetName(), wrong)
}

// metadata says what is wrong with an object's name, labels and annotations. Whether it may have a namespace is not asked.
func metadata(object *unstructured.Unstructured) field.ErrorList {
	return apivalidation.ValidateObjectMetaAccessor(object, object.GetNamespace() != "", apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
}

// Load checks an object and, if nothing is wrong, sets the fields that it leaves out to the definition's defaults.
func (c *Checker) Load(object *unstructured.Unstructured) error {
	if err := c.Check(object); err != nil {
		return err
	}
	s, err := c.find(object.GroupVersionKind())
	if err == nil && s != nil {
		defaulting.Default(object.Object, s.shape)
	}
	return err
}

func (c *Checker) find(kind rtschema.GroupVersionKind) (*compiled, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if found, ok := c.compiled[kind]; ok {
		return found, nil
	}
	resource, _ := meta.UnsafeGuessKindToResource(kind)
	definition, err := c.definition(resource.Resource + "." + kind.Group)
	if err != nil {
		return nil, fmt.Errorf("read the definition of %s: %w", kind.Kind, err)
	}
	if len(definition) > 0 {
		if c.compiled[kind], err = compile(definition, kind.Version); err != nil {
			return nil, fmt.Errorf("compile the schema of %s: %w", kind.Kind, err)
		}
	}
	return c.compiled[kind], nil
}

// versions is what a definition says of its versions. A schema is not decoded before it is needed.
type versions struct {
	Versions []struct {
		Name   string `json:"name"`
		Schema struct {
			Content json.RawMessage `json:"openAPIV3Schema"`
		} `json:"schema"`
	} `json:"versions"`
}

// compile makes the schema of a version; nil when the definition does not have it.
func compile(definition json.RawMessage, version string) (*compiled, error) {
	var all versions
	if err := json.Unmarshal(undescribed(definition), &all); err != nil {
		return nil, err
	}
	for _, v := range all.Versions {
		if v.Name == version {
			return compileContent(v.Schema.Content)
		}
	}
	return nil, nil
}

func compileContent(content json.RawMessage) (*compiled, error) {
	var external apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(content, &external); err != nil {
		return nil, err
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&external, &internal, nil); err != nil {
		return nil, err
	}
	shape, err := schema.NewStructural(&internal)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(&internal)
	return &compiled{shape: shape, validator: validator}, err
}
