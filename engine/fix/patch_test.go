package fix

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestPatch changes random documents at random and asserts that the patch makes the one of the other, in the hands of a
// library that knows nothing of ours.
func TestPatch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		before := randomObject(random, 3)
		after := runtime.DeepCopyJSON(before)
		for range 1 + random.IntN(4) {
			after = mutate(random, after)
		}
		operations, err := json.Marshal(patch(before, after, ""))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, patched(t, before, operations)); diff != "" {
			t.Fatalf("%s\n-want +got:\n%s", operations, diff)
		}
	}
	if got := patch(map[string]any{"a": int64(1)}, map[string]any{"a": int64(1)}, ""); got != nil {
		t.Errorf("equal documents: %v", got)
	}
}

func patched(t *testing.T, before map[string]any, operations []byte) map[string]any {
	t.Helper()
	if string(operations) == "null" {
		return before
	}
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	after, err := decoded.Apply(text)
	if err != nil {
		t.Fatalf("apply %s to %s: %v", operations, text, err)
	}
	var out map[string]any
	if err := json.Unmarshal(after, &out); err != nil {
		t.Fatal(err)
	}
	return whole64(out).(map[string]any)
}

// whole64 turns the numbers of encoding/json into those of Kubernetes.
func whole64(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			value[key] = whole64(value[key])
		}
	case []any:
		for i := range value {
			value[i] = whole64(value[i])
		}
	}
	return whole(value)
}

// keys are awkward in JSON pointers.
var keys = []string{"a", "b", "a/b", "~", "0", "x.y"}

func randomValue(random *rand.Rand, depth int) any {
	switch n := random.IntN(6); {
	case n == 0 && depth > 0:
		return randomObject(random, depth-1)
	case n == 1 && depth > 0:
		list := []any{}
		for range random.IntN(4) {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	case n == 2:
		return random.IntN(2) == 0
	}
	return int64(random.IntN(3))
}

func randomObject(random *rand.Rand, depth int) map[string]any {
	out := map[string]any{}
	for range random.IntN(5) {
		out[keys[random.IntN(len(keys))]] = randomValue(random, depth)
	}
	return out
}

// mutate changes a document somewhere.
func mutate(random *rand.Rand, object map[string]any) map[string]any {
	var places [][]string
	walk(object, nil, func(path []string, _ any) { places = append(places, path) })
	path := []string{keys[random.IntN(len(keys))]}
	if len(places) > 0 && random.IntN(4) > 0 {
		path = places[random.IntN(len(places))]
	}
	if random.IntN(2) == 0 {
		if out := apply(object, []edit{unset(path)}); out != nil {
			return out
		}
	}
	if out := apply(object, []edit{set(path, randomValue(random, 2))}); out != nil {
		return out
	}
	return object
}

func TestPaths(t *testing.T) {
	for path, want := range map[string][]string{
		"spec.containers[0].image":                   {"spec", "containers", "0", "image"},
		`metadata.labels["app.kubernetes.io/name"]`:  {"metadata", "labels", "app.kubernetes.io/name"},
		`metadata.annotations[a.b/c].x`:              {"metadata", "annotations", "a.b/c", "x"},
		`metadata.annotations["a.b/c"][0]`:           {"metadata", "annotations", "a.b/c", "0"},
		"kind":                                       {"kind"},
		"spec.template.spec.volumes[12].hostPath.ab": {"spec", "template", "spec", "volumes", "12", "hostPath", "ab"},
	} {
		got := parsePath(path)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
		if diff := cmp.Diff(want, parsePath(joinPath(got))); diff != "" {
			t.Errorf("%s: written as %s, which is read as something else:\n%s", path, joinPath(got), diff)
		}
	}
}

// TestSolve gives fields values that match a pattern.
func TestSolve(t *testing.T) {
	label, limit, number, image := parsePath("metadata.labels.team"), parsePath("spec.containers[0].resources.limits.memory"), parsePath("spec.replicas"), parsePath("spec.containers[0].image")
	for _, test := range []struct {
		pattern any
		have    any
		path    []string
		variant int
		want    any // nil: no value
		choose  bool
	}{
		{pattern: true, path: number, want: true},
		{pattern: float64(3), path: number, want: int64(3)},
		{pattern: 0.5, path: number, want: 0.5},
		{pattern: "true", path: number, want: true},
		{pattern: "true", path: label, want: "true"},
		{pattern: "7", path: label, want: "7"},
		{pattern: "?*", path: label, want: "CHANGE-ME", choose: true},
		{pattern: "team-?*", path: label, want: "team-CHANGE-ME", choose: true},
		{pattern: "v?.?", path: label, want: "vx.x", choose: true},
		{pattern: "a | b", path: label, want: "a"},
		{pattern: "a | b", path: label, variant: 1, want: "b"},
		{pattern: "a | b", path: label, variant: 2, want: "a"},
		{pattern: ">=3", path: number, want: int64(3)},
		{pattern: "<=3", path: number, want: int64(3)},
		{pattern: ">3", path: number, want: int64(4)},
		{pattern: "<3", path: number, want: int64(2)},
		{pattern: ">3 & <5", path: number, want: int64(4)},
		{pattern: "2-4", path: number, want: int64(2)},
		{pattern: "<=1Gi", path: limit, want: "1Gi"},
		{pattern: "<1Gi", path: limit, want: "512Mi", choose: true},
		{pattern: ">1Gi", path: limit, want: "2Gi", choose: true},
		{pattern: "?*", path: limit, want: "128Mi", choose: true},
		{pattern: "!false", have: false, path: number, want: true},
		{pattern: "!root", have: "root", path: label, want: "CHANGE-ME", choose: true},
		{pattern: "registry/*", path: image},
		{pattern: "!*:latest", have: "a:latest", path: image},
		{pattern: "registry/web:1", path: image, want: "registry/web:1"},
		{pattern: ">soon", path: label},
	} {
		e, reason := solve(test.pattern, test.have, test.path, test.variant)
		if diff := cmp.Diff(test.want, e.value); diff != "" || (e.choose != "") != test.choose || (reason == "") != (test.want != nil) {
			t.Errorf("%v for %s: got %v (choose: %s, reason: %s), want %v", test.pattern, joinPath(test.path), e.value, e.choose, reason, test.want)
		}
	}
}

// TestDrop removes what is there and leaves alone what is not.
func TestDrop(t *testing.T) {
	document := func() map[string]any {
		return map[string]any{"list": []any{int64(0), int64(1), int64(2)}, "object": map[string]any{"a": "b"}}
	}
	for path, want := range map[string]map[string]any{
		"list[1]":    {"list": []any{int64(0), int64(2)}, "object": map[string]any{"a": "b"}},
		"object.a":   {"list": document()["list"], "object": map[string]any{}},
		"object":     {"list": document()["list"]},
		"list[3]":    document(),
		"list.x":     document(),
		"none.deep":  document(),
		"object.a.b": document(),
	} {
		if diff := cmp.Diff(want, apply(document(), []edit{unset(parsePath(path))})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
	}
	if got := apply(document(), []edit{set(parsePath("list["+strconv.Itoa(5)+"]"), "x")}); got != nil {
		t.Errorf("an element far beyond the end: %v", got)
	}
}
