package api_test

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"

	"podsec/kube/sim/api"
)

// TestEqualIsSemantic compares every value with every other, as fields and as elements too.
func TestEqualIsSemantic(t *testing.T) {
	values := []any{
		nil, true, false, int64(1), int64(2), 1.0, 1.5, 1, "1", "", map[string]any(nil), map[string]any{}, []any(nil), []any{},
		map[string]any{"a": nil}, map[string]any{"a": int64(1)}, map[string]any{"b": int64(1)}, map[string]any{"a": int64(1), "b": "x"},
		[]any{int64(1)}, []any{int64(1), "x"}, []any{map[string]any{"a": []any{}}}, []any{map[string]any{"a": []any(nil)}},
		map[string]any{"a": map[string]any{"b": []any{"c", int64(1)}}}, map[string]any{"a": map[string]any{"b": []any{"c", int64(2)}}},
	}
	for _, a := range values {
		for _, b := range values {
			for _, pair := range [][2]any{
				{a, b}, {map[string]any{"x": a}, map[string]any{"x": b}}, {[]any{"y", a}, []any{"y", b}},
			} {
				want := equality.Semantic.DeepEqual(pair[0], pair[1])
				if got := api.Equal(pair[0], pair[1]); got != want {
					t.Errorf("Equal(%s) is %v, want %v", fmt.Sprintf("%#v, %#v", pair[0], pair[1]), got, want)
				}
			}
		}
	}
}
