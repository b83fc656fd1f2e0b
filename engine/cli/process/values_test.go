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

// TestVariables: looks share what the values say of all of them, as long as nobody takes anything out of it.
func TestVariables(t *testing.T) {
	own := manifest.PolicyValues{Name: "p", Resources: []manifest.ResourceValues{{Name: "r", Values: map[string]any{"team": "own"}}}}
	for name, test := range map[string]struct {
		global    map[string]any
		operation string
		resource  string
		want      map[string]any
		shared    bool
	}{
		"of all":        {map[string]any{"team": "all"}, "", "other", map[string]any{"team": "all", "request": map[string]any{"operation": "CREATE"}}, true},
		"particular":    {map[string]any{"team": "all"}, "", "r", map[string]any{"team": "own", "request": map[string]any{"operation": "CREATE"}}, false},
		"an operation":  {map[string]any{"request.operation": "UPDATE"}, "DELETE", "other", map[string]any{"request": map[string]any{"operation": "DELETE"}}, false},
		"of the object": {map[string]any{"request.object.a": "b"}, "", "other", map[string]any{"request": map[string]any{"operation": "CREATE", "object": map[string]any{"a": "b"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := NewValues(&manifest.ValuesSpec{GlobalValues: test.global, Policies: []manifest.PolicyValues{own}}, nil)
			got := v.variables("p", test.resource, test.operation)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("variables differ (-want +got):\n%s", diff)
			}
			given, _ := got["request"].(map[string]any)
			given["seen"] = true
			again, _ := v.variables("p", test.resource, test.operation)["request"].(map[string]any)
			if shared := again["seen"] == true; shared != test.shared {
				t.Errorf("shared: %v", shared)
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
