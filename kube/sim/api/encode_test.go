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

// BenchmarkEncode compares with what it stands for, on an object of the size of a Pod.
func BenchmarkEncode(b *testing.B) {
	content := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "labels": map[string]any{"a": "b"}}}
	var containers []any
	for range 5 {
		containers = append(containers, map[string]any{
			"name": "c", "image": "public.ecr.aws/nginx/nginx:1.27", "imagePullPolicy": "IfNotPresent",
			"ports":     []any{map[string]any{"containerPort": int64(8080), "protocol": "TCP"}},
			"resources": map[string]any{"limits": map[string]any{"memory": "32Mi"}},
			"securityContext": map[string]any{
				"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
			},
		})
	}
	content["spec"] = map[string]any{"containers": containers, "restartPolicy": "Always", "nodeName": "node-1"}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(content); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unstructured", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (&unstructured.Unstructured{Object: content}).MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
