package assets_test

import (
	"bytes"
	"io/fs"
	"path"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"podsec/assets"
	"podsec/assets/kyverno"
)

// TestPolicies holds every policy of the labs against Kyverno's own schema: no unknown field, no wrong type, no value
// outside an enumeration.
func TestPolicies(t *testing.T) {
	schema := policySchema(t)
	structural, err := structuralschema.NewStructural(schema)
	if err != nil {
		t.Fatal(err)
	}
	validator, _, err := validation.NewSchemaValidator(schema)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, object := range labObjects(t) {
		if object["kind"] != "ClusterPolicy" {
			continue
		}
		found++
		for _, err := range validation.ValidateCustomResource(nil, object, validator) {
			t.Errorf("%s: %v", name, err)
		}
		unknown := pruning.PruneWithOptions(object, structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
		for _, field := range unknown {
			t.Errorf("%s: unknown field %s", name, field)
		}
	}
	if found == 0 {
		t.Error("no policy found")
	}
}

// policySchema is the schema of kyverno.io/v1 ClusterPolicy.
func policySchema(t *testing.T) *apiextensions.JSONSchemaProps {
	t.Helper()
	definitions, err := kyverno.CRDs()
	if err != nil {
		t.Fatal(err)
	}
	for _, definition := range definitions {
		if definition.GetName() != "clusterpolicies.kyverno.io" {
			continue
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(definition.Object, &crd); err != nil {
			t.Fatal(err)
		}
		var schema apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &schema, nil); err != nil {
			t.Fatal(err)
		}
		return &schema
	}
	t.Fatal("there is no definition of ClusterPolicy")
	return nil
}

// labObjects decodes the first object of every YAML file of the labs, by file name. Those in folders called wrong are
// mistakes that a lab has a message for.
func labObjects(t *testing.T) map[string]map[string]any {
	t.Helper()
	objects := map[string]map[string]any{}
	err := fs.WalkDir(assets.Labs(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" || path.Base(path.Dir(name)) == "wrong" {
			return err
		}
		data, err := fs.ReadFile(assets.Labs(), name)
		if err != nil {
			return err
		}
		var object map[string]any
		if err := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), len(data)).Decode(&object); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		objects[name] = object
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}
