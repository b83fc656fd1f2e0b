package openapi

import (
	"encoding/json"
	"reflect"
	"testing"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/spec3"
)

func podResource() Resource {
	return Resource{
		GVK: corev1.SchemeGroupVersion.WithKind("Pod"), Plural: "pods", Namespaced: true, Type: reflect.TypeFor[corev1.Pod](),
		Verbs: []string{"create", "delete", "get", "list", "patch", "update", "watch"},
	}
}

func parse(t *testing.T, gv schema.GroupVersion, resources ...Resource) *spec3.OpenAPI {
	t.Helper()
	body, err := Document(gv, resources)
	if err != nil {
		t.Fatal(err)
	}
	doc := &spec3.OpenAPI{}
	if err := json.Unmarshal(body, doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestBuiltinTypesAreDescribed(t *testing.T) {
	doc := parse(t, corev1.SchemeGroupVersion, podResource())
	for _, test := range []struct{ model, property, want string }{
		{"io.k8s.api.core.v1.PodSpec", "restartPolicy", `{"type":"string","enum":["Always","Never","OnFailure"]}`},
		{"io.k8s.api.core.v1.PodSpec", "terminationGracePeriodSeconds", `{"type":"integer","format":"int64"}`},
		{"io.k8s.api.core.v1.PodSpec", "nodeSelector", `{"type":"object","additionalProperties":{"type":"string"}}`},
		{"io.k8s.api.core.v1.PodSpec", "securityContext", `{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.PodSecurityContext"}]}`},
		{"io.k8s.api.core.v1.PodSpec", "containers", `{"type":"array","items":{"default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.Container"}]},"x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}`},
		{"io.k8s.api.core.v1.Pod", "metadata", `{"default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]}`},
		{"io.k8s.api.core.v1.Pod", "apiVersion", `{"type":"string"}`},
		{"io.k8s.api.core.v1.ResourceRequirements", "limits", `{"type":"object","additionalProperties":{"default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}]}}`},
	} {
		property, ok := doc.Components.Schemas[test.model].Properties[test.property]
		if !ok {
			t.Errorf("%s has no %s", test.model, test.property)
			continue
		}
		if property.Description == "" {
			t.Errorf("%s.%s is not described", test.model, test.property)
		}
		property.Description = ""
		got, err := json.Marshal(property)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, test.want), decoded(t, string(got))); diff != "" {
			t.Errorf("%s.%s: %s", test.model, test.property, diff)
		}
	}
	container := doc.Components.Schemas["io.k8s.api.core.v1.Container"]
	if diff := cmp.Diff([]string{"name"}, container.Required); diff != "" {
		t.Error(diff)
	}
	if at := doc.Components.Schemas["io.k8s.apimachinery.pkg.apis.meta.v1.Time"]; at == nil || at.Format != "date-time" {
		t.Errorf("Time is described as %+v", at)
	}
	if choice := doc.Components.Schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]; choice == nil || len(choice.OneOf) != 2 {
		t.Errorf("IntOrString is described as %+v", choice)
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryReferenceLeadsSomewhere also holds for types that contain themselves.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	body, err := Document(corev1.SchemeGroupVersion, []Resource{podResource()})
	if err != nil {
		t.Fatal(err)
	}
	doc := decoded(t, string(body)).(map[string]any)
	known := doc["components"].(map[string]any)["schemas"].(map[string]any)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && known[ref[len(refPrefix):]] == nil {
				t.Errorf("%s is nowhere", ref)
			}
			for _, value := range v {
				walk(value)
			}
		case []any:
			for _, value := range v {
				walk(value)
			}
		}
	}
	walk(doc)
}

func TestPathsSayWhatCanBeDone(t *testing.T) {
	doc := parse(t, corev1.SchemeGroupVersion, podResource())
	named := doc.Paths.Paths["/api/v1/namespaces/{namespace}/pods/{name}"]
	if named == nil || named.Patch == nil {
		t.Fatalf("paths: %v", doc.Paths.Paths)
	}
	var parameters []string
	for _, p := range named.Patch.Parameters {
		parameters = append(parameters, p.Name)
	}
	if diff := cmp.Diff([]string{"dryRun", "fieldManager", "fieldValidation", "force"}, parameters); diff != "" {
		t.Error(diff)
	}
	if _, ok := named.Patch.RequestBody.Content["application/strategic-merge-patch+json"]; !ok {
		t.Error("a built-in kind is merged strategically")
	}
	if collection := doc.Paths.Paths["/api/v1/namespaces/{namespace}/pods"]; collection.Delete != nil || collection.Post == nil {
		t.Error("the verbs of the collection are not those of the resource")
	}
}

func TestCustomKindKeepsItsSchema(t *testing.T) {
	gvk := schema.GroupVersionKind{Group: "shop.example.com", Version: "v1", Kind: "Widget"}
	stored := map[string]any{
		"type": "object", "description": "A widget.",
		"properties": map[string]any{"spec": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
	}
	doc := parse(t, gvk.GroupVersion(), Resource{GVK: gvk, Plural: "widgets", Verbs: []string{"get", "patch"}, Schema: stored})
	widget := doc.Components.Schemas["com.example.shop.v1.Widget"]
	if widget == nil || widget.Description != "A widget." || len(widget.Properties) != 4 {
		t.Fatalf("widget: %+v", widget)
	}
	if len(stored["properties"].(map[string]any)) != 1 {
		t.Error("the stored schema was changed")
	}
	patch := doc.Paths.Paths["/apis/shop.example.com/v1/widgets/{name}"].Patch
	if _, ok := patch.RequestBody.Content["application/strategic-merge-patch+json"]; ok {
		t.Error("a custom kind is not merged strategically")
	}
	if doc.Components.Schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"] == nil {
		t.Error("metadata is not described")
	}
}

func TestDocumentV2SaysThatFieldsAreValidated(t *testing.T) {
	body, err := DocumentV2([]Resource{podResource()})
	if err != nil {
		t.Fatal(err)
	}
	doc := &openapi_v2.Document{}
	if err := proto.Unmarshal(body, doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range doc.GetPaths().GetPath() {
		parameter := path.GetValue().GetPatch().GetParameters()[0].GetParameter().GetNonBodyParameter().GetQueryParameterSubSchema()
		if parameter.GetName() != "fieldValidation" {
			t.Errorf("%s: %v", path.GetName(), parameter)
		}
	}
	if len(doc.GetPaths().GetPath()) == 0 {
		t.Error("no paths")
	}
}

type base struct {
	Kind string `json:"kind,omitempty"`
}

// local has no model name of its own.
type local struct {
	base    `json:",inline"`
	Data    []byte  `json:"data,omitempty"`
	Ratio   float64 `json:"ratio"`
	Skipped int     `json:"-"`
}

func TestOtherTypes(t *testing.T) {
	all := &schemas{byName: object{}}
	name := all.add(reflect.TypeFor[local]())
	want := object{
		"type": "object", "required": []any{"ratio"},
		"properties": object{
			"kind":  object{"type": "string"},
			"data":  object{"type": "string", "format": "byte"},
			"ratio": object{"type": "number", "format": "double"},
		},
	}
	if diff := cmp.Diff(want, all.byName[name]); diff != "" || name != "podsec.kube.sim.apiserver.openapi.local" {
		t.Errorf("%s: %s", name, diff)
	}
}

func BenchmarkDocument(b *testing.B) {
	for b.Loop() {
		if _, err := Document(corev1.SchemeGroupVersion, []Resource{podResource()}); err != nil {
			b.Fatal(err)
		}
	}
}
