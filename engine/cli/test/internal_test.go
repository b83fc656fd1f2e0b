package test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/cli/manifest"
)

// TestSelector chooses results.
func TestSelector(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		result manifest.Result
		want   bool
		errors int
	}{
		"all":              {"policy=*,rule=*,resource=*", manifest.Result{Policy: "p", Rule: "r", Resources: []string{"a"}}, true, 0},
		"nothing":          {"", manifest.Result{Policy: "p"}, true, 0},
		"the policy":       {"policy=p?", manifest.Result{Policy: "p1"}, true, 0},
		"another policy":   {"policy=q", manifest.Result{Policy: "p"}, false, 0},
		"another rule":     {"rule=q", manifest.Result{Policy: "p", Rule: "r"}, false, 0},
		"no rule":          {"rule=q", manifest.Result{Policy: "p"}, true, 0},
		"one of them":      {"resource= b ", manifest.Result{Resources: []string{"a", "b"}}, true, 0},
		"none of them":     {"resource=c", manifest.Result{Resources: []string{"a", "b"}}, false, 0},
		"no pair":          {"policy", manifest.Result{}, true, 1},
		"unknown, no pair": {"kind=Pod,a=b=c", manifest.Result{}, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s, errs := parseSelector(test.text)
			if got := s.matches(&test.result); got != test.want || len(errs) != test.errors {
				t.Errorf("matches is %v, want %v; errors are %v", got, test.want, errs)
			}
		})
	}
}

// TestSelectedResources are those by name; a star ends the list.
func TestSelectedResources(t *testing.T) {
	for text, want := range map[string][]string{"resource=a,resource=b": {"a", "b"}, "resource=*": nil, "resource=a,resource=*": {"a"}, "policy=p": nil} {
		s, _ := parseSelector(text)
		if diff := cmp.Diff(want, s.resources()); diff != "" {
			t.Errorf("resources of %q differ (-want +got):\n%s", text, diff)
		}
	}
}

// TestTidy drops what is empty.
func TestTidy(t *testing.T) {
	from := map[string]any{
		"a": map[string]any{"b": []any{}, "c": map[string]any{}}, "d": []any{nil, map[string]any{}, int64(1)}, "e": "", "f": 2, "g": false,
	}
	want := map[string]any{"d": []any{1.0}, "e": "", "f": 2.0, "g": false}
	if diff := cmp.Diff(want, tidy(from)); diff != "" {
		t.Errorf("tidied value differs (-want +got):\n%s", diff)
	}
	if got := tidy([]any{map[string]any{}}); got != nil {
		t.Errorf("tidied list is %v", got)
	}
}

// TestMarkGenerated takes off what says where an object comes from.
func TestMarkGenerated(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetLabels(map[string]string{"generate.kyverno.io/rule-name": "r", "own": "yes"})
	markGenerated(object)
	if diff := cmp.Diff(map[string]string{"own": "yes", "app.kubernetes.io/managed-by": "kyverno"}, object.GetLabels()); diff != "" {
		t.Errorf("labels differ (-want +got):\n%s", diff)
	}
}

// TestSameTarget compares keys; one without a namespace is about any.
func TestSameTarget(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret"}}
	object.SetNamespace("shop")
	object.SetName("a")
	for wanted, want := range map[string]bool{"v1,Secret,shop,a": true, "v1,Secret,,a": true, "v1,Secret,default,a": false, "v1,Secret,shop,b": false} {
		if got := sameTarget(object, wanted); got != want {
			t.Errorf("%s is the target: %v", wanted, got)
		}
	}
}
