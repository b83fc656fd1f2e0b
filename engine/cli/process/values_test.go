package process

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/engine/cli/manifest"
)

// TestSet reads --set.
func TestSet(t *testing.T) {
	for name, test := range map[string]struct {
		set  []string
		want map[string]any
	}{
		"a value":             {[]string{" a.b = c "}, map[string]any{"a.b": "c"}},
		"twice":               {[]string{"a=1", "a=2"}, map[string]any{"a": "1"}},
		"no value":            {[]string{"a=", "=b", "c"}, map[string]any{}},
		"two equals signs":    {[]string{"a=b=c"}, map[string]any{}},
		"parts of the object": {[]string{"request.object.spec=x"}, map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want["request.operation"] = "CREATE"
			if diff := cmp.Diff(test.want, NewValues(nil, test.set).forResource("p", "r")); diff != "" {
				t.Errorf("values differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTree turns dotted keys into maps.
func TestTree(t *testing.T) {
	for name, test := range map[string]struct{ flat, want map[string]any }{
		"plain":     {map[string]any{"a": 1}, map[string]any{"a": 1}},
		"dotted":    {map[string]any{"a.b.c": 1}, map[string]any{"a": map[string]any{"b": map[string]any{"c": 1}}}},
		"merged":    {map[string]any{"a.b": 1, "a.c": 2}, map[string]any{"a": map[string]any{"b": 1, "c": 2}}},
		"quoted":    {map[string]any{`a."b.c"`: 1}, map[string]any{"a": map[string]any{"b.c": 1}}},
		"bad quote": {map[string]any{`a."b`: 1}, map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, tree(test.flat)); diff != "" {
				t.Errorf("tree differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNamespaceLabels prefers namespaces to the older namespaceSelector.
func TestNamespaceLabels(t *testing.T) {
	v := NewValues(&manifest.ValuesSpec{
		NamespaceSelectors: []manifest.NamespaceSelector{{Name: "a", Labels: map[string]string{"from": "selector"}}, {Name: "b", Labels: map[string]string{"from": "selector"}}},
		Namespaces:         []corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"from": "namespace"}}}},
	}, nil)
	for name, want := range map[string]string{"a": "namespace", "b": "selector", "c": ""} {
		if got := v.NamespaceLabels(name)["from"]; got != want {
			t.Errorf("labels of %s are from %q, want %q", name, got, want)
		}
	}
}

// TestRuleValues are for a rule and those generated from it, with the first value for foreach.
func TestRuleValues(t *testing.T) {
	v := NewValues(&manifest.ValuesSpec{Policies: []manifest.PolicyValues{{Name: "p", Rules: []manifest.RuleValues{{
		Name: "r", Values: map[string]any{"a.b": "1"}, ForeachValues: map[string][]any{"element": {"x", "y"}, "none": {}},
	}}}}}, nil)
	want := map[string]any{"a": map[string]any{"b": "1"}, "element": "x"}
	for _, rule := range []string{"r", "autogen-r", "autogen-cronjob-r"} {
		if diff := cmp.Diff(want, v.Values("p", rule)); diff != "" {
			t.Errorf("values of %s differ (-want +got):\n%s", rule, diff)
		}
	}
	if got := v.Values("p", "other"); got != nil {
		t.Errorf("values of another rule are %v", got)
	}
}
