package celpolicy_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// TestBrokenBinding: a binding for which conditions cannot be evaluated leaves what the one before it did, one for which a
// patch fails does not.
func TestBrokenBinding(t *testing.T) {
	bindings := []*unstructured.Unstructured{
		object(t, "{kind: MutatingAdmissionPolicyBinding, metadata: {name: good}, spec: {policyName: p, paramRef: {name: param}}}"),
		object(t, "{kind: MutatingAdmissionPolicyBinding, metadata: {name: bad}, spec: {policyName: p}}"),
	}
	params := []*unstructured.Unstructured{object(t, "{kind: ConfigMap, metadata: {name: param}, data: {x: y}}")}
	for name, test := range map[string]struct{ condition, value, want string }{
		"condition": {"params == null", "x", "good"},
		"patch":     {"true", "params.data.x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := celpolicy.NewMutatingAdmission(object(t, `
kind: MutatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [`+configMaps+`]}
  matchConditions: [{name: c, expression: "`+test.condition+`"}]
  mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data', value: {'a': `+quoted(test.value)+`}}]"}}]
`), bindings, params)
			if err != nil {
				t.Fatal(err)
			}
			changed, said := policy.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps"))
			got := ""
			for _, one := range said {
				got = one.Properties["mapBinding"]
			}
			if got != test.want || changed.Object["data"] == nil {
				t.Errorf("got %v, %v, want one of %q", changed, said, test.want)
			}
		})
	}
}

// quoted makes a text of CEL of what is not an expression.
func quoted(value string) string {
	if len(value) == 1 {
		return "'" + value + "'"
	}
	return value
}

// TestExisting: the resources that an expression returns are changed, once there are some.
func TestExisting(t *testing.T) {
	targets := []*celpolicy.Request{
		creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}}`, "configmaps"),
		creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: y}}`, "configmaps"),
		creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: x}}`, "configmaps"),
	}
	world := &celpolicy.World{}
	for _, target := range targets {
		world.Resources = append(world.Resources, celpolicy.Resource{Plural: target.Plural, Object: target.Resource})
	}
	const broken = "resource.Get('v1', 'configmaps', 'x', object.nothing)"
	for name, test := range map[string]struct {
		expression string
		targets    []*celpolicy.Request
		want       []string
		err        string
	}{
		"one":                {"resource.Get('v1', 'configmaps', 'x', object.metadata.name)", targets, []string{"x/a"}, ""},
		"list":               {"resource.List('v1', 'configmaps', 'x')", targets, []string{"x/a", "x/b"}, ""},
		"broken":             {broken, targets, nil, "failed to discover CEL targets: failed to evaluate CEL expression for policy p: no such key: nothing"},
		"broken, no targets": {broken, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := celpolicy.CompileMutating(object(t, `
kind: MutatingPolicy
metadata: {name: p}
spec:
  evaluation: {mutateExisting: {enabled: true}}
  matchConstraints: {resourceRules: [`+configMaps+`]}
  targetMatchConstraints: {expression: "`+test.expression+`"}
  mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data', value: {'a': 'b'}}]"}}]
`), nil, world)
			if err != nil {
				t.Fatal(err)
			}
			policy.Types = celpolicy.Shown(nil)
			said, err := policy.Existing(context.Background(), targets[0], test.targets)
			if err != nil && err.Error() != test.err || err == nil && test.err != "" {
				t.Errorf("error is %v, want %q", err, test.err)
			}
			var got []string
			for _, one := range said {
				if one.Status == engine.Pass {
					got = append(got, one.Target.GetNamespace()+"/"+one.Target.GetName())
				}
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
