package apply

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMarshalOrdered(t *testing.T) {
	for name, test := range map[string]struct {
		object any
		want   string
	}{
		"a report": {
			map[string]any{
				"apiVersion": "v1", "kind": "Report", "metadata": map[string]any{"namespace": "b", "name": "a"}, "source": "",
				"summary": map[string]any{"skip": 0, "pass": 2},
				"results": []any{map[string]any{
					"message": "<m>", "policy": "p", "source": "kyverno", "timestamp": map[string]any{"nanos": 0, "seconds": int64(7)},
					"resources": []any{map[string]any{"apiVersion": "v1", "name": "n", "kind": "Pod"}},
				}},
			},
			`{"kind":"Report","apiVersion":"v1","metadata":{"name":"a","namespace":"b"},"source":"","summary":{"pass":2,"skip":0},` +
				`"results":[{"source":"kyverno","policy":"p","timestamp":{"seconds":7,"nanos":0},"resources":[{"kind":"Pod","name":"n","apiVersion":"v1"}],"message":"\u003cm\u003e"}]}`,
		},
		"fields that have no place": {map[string]any{"z": 1, "a": nil, "kind": true}, `{"kind":true,"a":null,"z":1}`},
		"nothing in it":             {map[string]any{"results": []any{}, "metadata": map[string]any{}}, `{"metadata":{},"results":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := marshalOrdered(test.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
			var ours, theirs any
			plain, _ := json.Marshal(test.object)
			if err := json.Unmarshal(got, &ours); err != nil {
				t.Fatal(err)
			}
			_ = json.Unmarshal(plain, &theirs)
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Error("means another thing:", diff)
			}
		})
	}
	if _, err := marshalOrdered(map[string]any{"a": func() {}}); err == nil {
		t.Error("a function was written")
	}
}
