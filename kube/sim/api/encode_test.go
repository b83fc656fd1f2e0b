package api

import (
	"encoding/json"
	"math"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"
)

// TestEncodeAsUnstructured compares with what the API machinery's own encoder writes.
func TestEncodeAsUnstructured(t *testing.T) {
	for name, value := range map[string]any{
		"nothing": nil, "yes": true, "no": false, "integers": []any{int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64)},
		"floats": []any{0.5, 1e21, 1e-7, -0.0, 100.0}, "number": json.Number("12"), "other integers": []any{int(1), int32(2), uint8(3)},
		"plain": "a b~", "empty": "", "quotes": `a "b" \c`, "html": "<a href='x'>&</a>", "control": "\x00\t\n\r\x1f\x7f",
		"unicode": "ü 語 \u2028\u2029 \U0001F600", "broken": "a\xffb", "keys": map[string]any{"z": "1", "a<b": "2", "ä": "3", "": nil},
		"empty object": map[string]any{}, "no object": map[string]any(nil), "empty list": []any{}, "no list": []any(nil),
		"deep":    map[string]any{"b": []any{map[string]any{"y": []any{[]any{}}, "x": "1"}, "s"}, "a": map[string]any{"c": nil}},
		"strings": []string{"a", "b"}, "map of strings": map[string]string{"b": "1", "a": "2"},
	} {
		t.Run(name, func(t *testing.T) {
			content := map[string]any{"apiVersion": "v1", "kind": "Thing", "metadata": map[string]any{"name": name}, "value": value}
			sameEncoding(t, content)
		})
	}
	if _, err := Encode(map[string]any{"value": math.Inf(1)}); err == nil {
		t.Error("infinity is no JSON")
	}
}

// FuzzEncode encodes whatever can be decoded.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2.5,"<",null,true,{"b":{}}],"é":"\u2028"}`, `{"a":{"c":1,"b":[[]]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var content map[string]any
		if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &content); err != nil || content == nil {
			return
		}
		content["kind"], content["apiVersion"] = "Thing", "v1"
		sameEncoding(t, content)
	})
}

func sameEncoding(t *testing.T, content map[string]any) {
	t.Helper()
	want, err := (&unstructured.Unstructured{Object: content}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Encode(content)
	if err != nil || string(got) != string(want) {
		t.Errorf("encoded as %s (%v), want %s", got, err, want)
	}
}
