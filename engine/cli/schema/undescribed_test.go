package schema

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"podsec/assets/kyverno"
)

func TestUndescribed(t *testing.T) {
	for source, want := range map[string]string{
		`{"a":1}`:                            `{"a":1}`,
		`{"description":"b","type":"c"}`:     `{"type":"c"}`,
		`{"type":"c","description":"b"}`:     `{"type":"c"}`,
		`{"description":"b"}`:                `{}`,
		`[{"description":""},{"a":1}]`:       `[{},{"a":1}]`,
		`{"description":"\"b\\","type":"c"}`: `{"type":"c"}`,
		`{"properties":{"description":{"description":"\\\",","type":"c"}}}`: `{"properties":{"description":{"type":"c"}}}`,
		`{"enum":["description"],"b":"\"description\":\"c"}`:                `{"enum":["description"],"b":"\"description\":\"c"}`,
		`{"description":"b`: `{`,
	} {
		if got := string(undescribed([]byte(source))); got != want {
			t.Errorf("%s becomes %s, want %s", source, got, want)
		}
	}
}

// TestNothingButDescriptionsIsLeftOut of any of Kyverno's definitions.
func TestNothingButDescriptionsIsLeftOut(t *testing.T) {
	all, err := kyverno.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if testing.Short() && len(d.Spec) > 1e5 {
			continue
		}
		var want, got apiextensionsv1.CustomResourceDefinitionSpec
		if err := json.Unmarshal(d.Spec, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(undescribed(d.Spec), &got); err != nil {
			t.Fatal(err)
		}
		for _, v := range want.Versions {
			undescribe(v.Schema.OpenAPIV3Schema)
			for i := range v.AdditionalPrinterColumns {
				v.AdditionalPrinterColumns[i].Description = ""
			}
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s (-whole +left):\n%s", d.Object.GetName(), cmp.Diff(want, got))
		}
	}
}

func undescribe(p *apiextensionsv1.JSONSchemaProps) {
	p.Description = ""
	for name, property := range p.Properties {
		undescribe(&property)
		p.Properties[name] = property
	}
	if p.Items != nil && p.Items.Schema != nil {
		undescribe(p.Items.Schema)
	}
	if p.AdditionalProperties != nil && p.AdditionalProperties.Schema != nil {
		undescribe(p.AdditionalProperties.Schema)
	}
	for _, list := range [][]apiextensionsv1.JSONSchemaProps{p.AllOf, p.AnyOf, p.OneOf} {
		for i := range list {
			undescribe(&list[i])
		}
	}
	if p.Not != nil {
		undescribe(p.Not)
	}
}
