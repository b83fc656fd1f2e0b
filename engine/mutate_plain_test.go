package engine

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestPlainMergeIsKyvernos compares the short way with Kyverno's own on patches of all kinds: where it gives an answer
// at all, it is the same.
func TestPlainMergeIsKyvernos(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 4000 {
		object := map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": randomFields(random, 3, false), "spec": randomFields(random, 3, false),
		}
		patch := randomFields(random, 3, true)
		merged := plainMerge(&unstructured.Unstructured{Object: object}, map[string]any{"metadata": patch})
		if merged == nil {
			continue
		}
		taken++
		want := kyvernosMerge(t, object, map[string]any{"metadata": patch})
		if diff := cmp.Diff(want, merged.Object); diff != "" {
			t.Fatalf("%v merged into %v: (-Kyverno +plain)\n%s", patch, object["metadata"], diff)
		}
	}
	if taken < 300 {
		t.Errorf("only %d patches were taken for plain ones", taken)
	}
}

func kyvernosMerge(t *testing.T, object map[string]any, patch any) map[string]any {
	t.Helper()
	data, err := (&unstructured.Unstructured{Object: object}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	patched, err := mergePatch(data, patch)
	if err != nil {
		t.Fatalf("merge %v: %v", patch, err)
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(patched); err != nil {
		t.Fatal(err)
	}
	return out.Object
}

// randomFields makes a map that has some names again and again, so that patches meet what is there. A patch may have
// anchors.
func randomFields(random *rand.Rand, depth int, patch bool) map[string]any {
	fields := map[string]any{}
	for range random.IntN(4) {
		name := string(rune('a' + random.IntN(4)))
		if patch && random.IntN(4) == 0 {
			name = "+(" + name + ")"
		}
		fields[name] = randomValue(random, depth-1, patch)
	}
	return fields
}

func randomValue(random *rand.Rand, depth int, patch bool) any {
	switch kind := random.IntN(20); {
	case kind == 0:
		return nil
	case kind == 1:
		return []any{"one", int64(2)}
	case kind == 2:
		return 1.5
	case kind < 8 && depth > 0:
		return randomFields(random, depth, patch)
	case kind < 11:
		return random.IntN(2) == 0
	case kind < 14:
		return int64(random.IntN(2000) - 1000)
	}
	return []string{"x", "", "yes", "0123", "1e3", "null", "<&>", "~", "a: b # c", "ü\n z", "2026-01-01"}[random.IntN(11)]
}

func TestPlainMergeLeavesTheObjectAlone(t *testing.T) {
	object := map[string]any{"metadata": map[string]any{"labels": map[string]any{"a": "1"}}}
	before, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	merged := plainMerge(&unstructured.Unstructured{Object: object}, map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"+(a)": "2", "+(b)": "3"}},
	})
	if merged == nil {
		t.Fatal("not taken for plain")
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "3"}, merged.GetLabels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	merged.SetName("other")
	merged.SetLabels(nil)
	if after, err := json.Marshal(object); err != nil || string(after) != string(before) {
		t.Errorf("object became %s (%v)", after, err)
	}
}
