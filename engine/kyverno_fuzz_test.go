package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kyverno/kyverno/pkg/engine/wildcards"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
)

// FuzzMerge merges any patch into any object: where the short way gives an answer it is that of Kyverno's own code, the
// object is left alone, and nothing panics.
func FuzzMerge(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"labels":{"a":"1"}}`, `{"labels":{"+(a)":"2","+(b)":"3"}}`},
		{`{"labels":{"a":"1"}}`, `{"labels":{"a":null}}`},
		{`{"annotations":{}}`, `{"annotations":{"a/b":"<&>"}}`},
		{`{"a":{"b":{"c":true}}}`, `{"a":{"+(b)":{"c":false},"d":{"+(e)":7}}}`},
		{`{"finalizers":["a"]}`, `{"finalizers":["b"],"x":{"$patch":"delete"}}`},
		{`{"a":1}`, `{"(a)":1,"b":"0123"}`},
		{`{"n":{"a":"1e3"}}`, `{"n":{"a":"null","b":"~","c":"yes"}}`},
		{`{"a":1.5}`, `{"b":2}`},
		{`{"l":[{"name":"a","v":1}]}`, `{"l":[{"(name)":"a","v":2}]}`},
	} {
		f.Add(seed[0], seed[1])
	}
	silence()
	f.Fuzz(func(t *testing.T, metadata, patch string) {
		var fields, wanted map[string]any
		if k8sjson.Unmarshal([]byte(metadata), &fields) != nil || k8sjson.Unmarshal([]byte(patch), &wanted) != nil || fields == nil {
			return
		}
		object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": fields}}
		before, err := json.Marshal(object.Object)
		if err != nil {
			return
		}
		overlay := map[string]any{"metadata": wanted}
		merged := plainMerge(object, overlay)
		patchObject(object, overlay, "")
		if after, err := json.Marshal(object.Object); err != nil || string(after) != string(before) {
			t.Fatalf("the object became %s (%v)", after, err)
		}
		if merged == nil {
			return
		}
		if diff := cmp.Diff(kyvernosMerge(t, object.Object, overlay), merged.Object); diff != "" {
			t.Errorf("%s merged into %s (-Kyverno +plain):\n%s", patch, metadata, diff)
		}
	})
}

// FuzzSelector compares selectors with wildcards with Kyverno's own code.
func FuzzSelector(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"matchLabels":{"a*":"?*"}}`, `{"app":"web"}`},
		{`{"matchLabels":{"app":"w?b"}}`, `{"app":"web","b":""}`},
		{`{"matchLabels":{"app":"*"},"matchExpressions":[{"key":"b","operator":"NotIn","values":["x"]}]}`, `{"app":"web"}`},
		{`{"matchExpressions":[{"key":"b*","operator":"Exists"}]}`, `{"bc":"1"}`},
		{`{"matchLabels":{"x.y/*":"a b"}}`, `{"x.y/z":"a b"}`},
		{`{}`, `{}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, labelsText string) {
		var selector metav1.LabelSelector
		var have map[string]string
		if json.Unmarshal([]byte(text), &selector) != nil || json.Unmarshal([]byte(labelsText), &have) != nil || strings.Count(text, "*") > 3 {
			return
		}
		got, err := matchSelector(&selector, have)
		var want bool
		var wantErr error
		for range 40 { // Kyverno takes the first label that matches in an order of its own
			if want, wantErr = kyvernosSelector(&selector, have); want == got && (err == nil) == (wantErr == nil) {
				return
			}
		}
		t.Errorf("%s selects %s: %v (%v), want %v (%v)", text, labelsText, got, err, want, wantErr)
	})
}

func kyvernosSelector(selector *metav1.LabelSelector, have map[string]string) (bool, error) {
	parsed, err := metav1.LabelSelectorAsSelector(wildcards.ReplaceInSelector(selector.DeepCopy(), have))
	if err != nil {
		return false, err
	}
	return parsed.Matches(labels.Set(have)), nil
}
