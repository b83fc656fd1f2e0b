package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const definition = `
group: example.com
names: {kind: Policy, plural: policies}
versions:
- name: v1
  schema:
    openAPIV3Schema:
      type: object
      required: [spec]
      properties:
        apiVersion: {type: string}
        kind: {type: string}
        metadata: {type: object}
        spec:
          type: object
          properties:
            action: {type: string, enum: [Audit, Enforce]}
            background: {type: boolean, default: true}
            free: {type: object, x-kubernetes-preserve-unknown-fields: true}
            rules:
              type: array
              items: {type: object, properties: {name: {type: string}}}
            variables:
              type: array
              x-kubernetes-list-type: map
              x-kubernetes-list-map-keys: [name]
              items: {type: object, required: [name], properties: {name: {type: string}}}
`

func specification(t *testing.T) json.RawMessage {
	t.Helper()
	spec, err := yaml.YAMLToJSON([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func decode(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &out.Object); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCheck finds what does not fit the definition.
func TestCheck(t *testing.T) {
	checker := New(func(name string) (json.RawMessage, error) {
		if name == "policies.example.com" {
			return specification(t), nil
		}
		return nil, nil
	})
	for name, test := range map[string]struct{ yaml, want string }{
		"fits":          {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {action: Audit, free: {a: b}, rules: [{name: r}]}}", ""},
		"other kind":    {"{apiVersion: example.com/v1, kind: Other, wrong: 1}", ""},
		"other version": {"{apiVersion: example.com/v2, kind: Policy, wrong: 1}", ""},
		"unknown field": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {rules: [{name: r, patern: {}}]}}",
			`Policy.example.com "p" is invalid: spec.rules[0].patern: Invalid value: value provided for unknown field`},
		"two": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {b: 1, a: 1}}",
			`Policy.example.com "p" is invalid: [spec.a: Invalid value: value provided for unknown field, spec.b: Invalid value: value provided for unknown field]`},
		"wrong value": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {action: audit}}",
			`Policy.example.com "p" is invalid: spec.action: Unsupported value: "audit": supported values: "Audit", "Enforce"`},
		"wrong type": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {rules: {}}}",
			`Policy.example.com "p" is invalid: spec.rules: Invalid value: "object": spec.rules in body must be of type array: "object"`},
		"two wrong": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {background: text, action: audit}}",
			`Policy.example.com "p" is invalid: [spec.action: Unsupported value: "audit": supported values: "Audit", "Enforce", ` +
				`spec.background: Invalid value: "string": spec.background in body must be of type boolean: "string"]`},
		"twice": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {variables: [{name: a}, {name: b}, {name: a}]}}",
			`Policy.example.com "p" is invalid: spec.variables[2]: Duplicate value: {"name":"a"}`},
		"missing": {"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}}",
			`Policy.example.com "p" is invalid: spec: Required value`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := checker.Check(decode(t, test.yaml)); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error is %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestDefinitionUnread passes on why the definition could not be read.
func TestDefinitionUnread(t *testing.T) {
	checker := New(func(string) (json.RawMessage, error) { return nil, errors.New("damaged") })
	if err := checker.Check(decode(t, "{apiVersion: v1, kind: Pod}")); err == nil || err.Error() != "read the definition of Pod: damaged" {
		t.Errorf("error is %v", err)
	}
}

func TestLoad(t *testing.T) {
	checker := New(func(string) (json.RawMessage, error) { return specification(t), nil })
	for text, want := range map[string]string{
		"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {action: Audit}}":     "true",
		"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {background: false}}": "false",
		"{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}, spec: {action: Wrong}}":     "wrong",
		"{apiVersion: example.com/v2, kind: Policy, metadata: {name: p}, spec: {}}":                  "<nil>",
	} {
		object := decode(t, text)
		got := "wrong"
		if err := checker.Load(object); err == nil {
			spec, _ := object.Object["spec"].(map[string]any)
			got = fmt.Sprint(spec["background"])
		}
		if got != want {
			t.Errorf("%s: background is %s, want %s", text, got, want)
		}
	}
}

// TestMetadata: names, labels and annotations that no object may have are wrong before anything in the spec is.
func TestMetadata(t *testing.T) {
	checker := New(func(string) (json.RawMessage, error) { return specification(t), nil })
	for metadata, want := range map[string]string{
		"{name: ok, labels: {a: b}, annotations: {a/b: any text}}": "",
		"{name: ok, namespace: somewhere}":                         "",
		"{}":                                                       `metadata.name: Required value`,
		"{name: Upper_case}":                                       `metadata.name: Invalid value: "Upper_case"`,
		"{name: ok, labels: {bad key: x}}":                         `metadata.labels: Invalid value: "bad key"`,
		"{name: ok, labels: {a: bad value}}":                       `metadata.labels: Invalid value: "bad value"`,
		"{name: ok, annotations: {x y: text}}":                     `metadata.annotations: Invalid value: "x y"`,
	} {
		err := checker.Check(decode(t, "{apiVersion: example.com/v1, kind: Policy, metadata: "+metadata+", spec: {action: Audit}}"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error is %v, want %q", metadata, err, want)
		}
	}
}
