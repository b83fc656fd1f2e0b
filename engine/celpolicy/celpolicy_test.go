package celpolicy_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &out.Object); err != nil {
		t.Fatal(err)
	}
	return out
}

func creation(t *testing.T, text, plural string) *celpolicy.Request {
	t.Helper()
	resource := object(t, text)
	kind := resource.GroupVersionKind()
	return &celpolicy.Request{Resource: resource, Kind: kind, Plural: kind.GroupVersion().WithResource(plural)}
}

const configMaps = `{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}`

// TestCompileValidating: what cannot be compiled is an error in Kyverno's words, with the field.
func TestCompileValidating(t *testing.T) {
	for name, test := range map[string]struct{ spec, want string }{
		"validation": {"validations: [{expression: object.}]", "spec.validations[0].expression"},
		"condition":  {"matchConditions: [{name: a, expression: '1 + 1'}]", "spec.matchConditions[0].expression"},
		"variable":   {"variables: [{name: a, expression: unknown.field}]", "spec.variables[0].expression"},
		"annotation": {"auditAnnotations: [{key: a, valueExpression: '}'}]", "spec.auditAnnotations[0].valueExpression"},
		"function":   {"validations: [{expression: 'nothing.Get(1)'}]", "undeclared reference to 'nothing'"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := object(t, "{kind: ValidatingPolicy, metadata: {name: p}, spec: {"+test.spec+"}}")
			_, err := celpolicy.CompileValidating(policy, nil, &celpolicy.World{})
			if err == nil || !strings.Contains(err.Error(), "failed to compile policy p (") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestOperations: what expressions see of an operation, and what they say of it.
func TestOperations(t *testing.T) {
	policy, err := celpolicy.CompileValidating(object(t, `
kind: ValidatingPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [`+configMaps+`]}
  auditAnnotations: [{key: who, valueExpression: request.userInfo.username}]
  validations:
  - {expression: "request.operation != 'DELETE' || oldObject.data.keep != 'yes'", message: is kept}
  - {expression: "request.operation != 'UPDATE' || oldObject == object", message: is changed}
`), nil, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	for operation, want := range map[string]engine.RuleResult{
		"":       {Status: engine.Pass, Message: "success", Properties: map[string]string{"who": "me"}},
		"UPDATE": {Status: engine.Pass, Message: "success", Properties: map[string]string{"who": "me"}},
		"DELETE": {Status: engine.Fail, Message: "is kept", Properties: map[string]string{"who": "me", "cel.validationIndex": "0"}},
	} {
		request := creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}, data: {keep: "yes"}}`, "configmaps")
		request.Operation, request.User.Username = operation, "me"
		got, err := policy.Evaluate(context.Background(), request)
		if err != nil {
			t.Fatal(err)
		}
		want.Type, want.Matched = engine.Validation, true
		if d := cmp.Diff([][]engine.RuleResult{{want}}, got); d != "" {
			t.Errorf("%q: %s", operation, d)
		}
	}
}

// TestExceptionPriority: of several exceptions the one of the highest priority says how the result is reported.
func TestExceptionPriority(t *testing.T) {
	policy := object(t, `
kind: ValidatingPolicy
metadata: {name: p}
spec: {matchConstraints: {resourceRules: [`+configMaps+`]}, validations: [{expression: "false"}]}
`)
	const polex = `
metadata: {name: NAME, namespace: ns, labels: {polex.kyverno.io/priority: "PRIORITY"}}
spec: {policyRefs: [{name: p, kind: ValidatingPolicy}], reportResult: RESULT}
`
	var exceptions []*unstructured.Unstructured
	for _, values := range [][]string{{"low", "1", "skip"}, {"high", "10", "pass"}, {"none", "x", "skip"}} {
		replacer := strings.NewReplacer("NAME", values[0], "PRIORITY", values[1], "RESULT", values[2])
		exceptions = append(exceptions, object(t, replacer.Replace(polex)))
	}
	compiled, err := celpolicy.CompileValidating(policy, exceptions, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := compiled.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps"))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]engine.RuleResult{{{
		Rule: "exception", Type: engine.Validation, Matched: true, Status: engine.Pass,
		Message:    "rule is passed due to policy exception: ns/low, ns/high, ns/none",
		Properties: map[string]string{"exceptions": "low,high,none"},
	}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestAdmission: which parameters a binding means, and when a policy's own constraints count.
func TestAdmission(t *testing.T) {
	policy := object(t, `
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ["*"], resources: [deployments]}]}
  validations: [{expression: "params.data.ok == 'yes'"}]
`)
	params := []*unstructured.Unstructured{
		object(t, `{kind: ConfigMap, metadata: {name: bad, namespace: ns}, data: {ok: "no"}}`),
		object(t, `{kind: ConfigMap, metadata: {name: good, namespace: ns, labels: {a: b}}, data: {ok: "yes"}}`),
	}
	for name, test := range map[string]struct {
		ref    string
		strict bool
		want   []engine.Status
	}{
		"name":            {ref: "{name: good, namespace: ns}", want: []engine.Status{engine.Pass}},
		"first of all":    {ref: "{namespace: ns}", want: []engine.Status{engine.Fail}},
		"none":            {ref: "{name: other}", want: []engine.Status{engine.Error}},
		"labels: a list":  {ref: "{selector: {matchLabels: {a: b}}}", want: []engine.Status{engine.Error}},
		"own constraints": {ref: "{name: good}", strict: true},
	} {
		t.Run(name, func(t *testing.T) {
			binding := object(t, "{kind: ValidatingAdmissionPolicyBinding, metadata: {name: b}, spec: {policyName: p, paramRef: "+test.ref+"}}")
			other := object(t, "{kind: ValidatingAdmissionPolicyBinding, metadata: {name: c}, spec: {policyName: q}}")
			compiled, err := celpolicy.CompileAdmission(policy, []*unstructured.Unstructured{binding, other}, params)
			if err != nil {
				t.Fatal(err)
			}
			compiled.Strict = test.strict
			var got []engine.Status
			for _, result := range compiled.Evaluate(context.Background(), creation(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`, "configmaps")) {
				got = append(got, result.Status)
				if result.Properties["binding"] != "b" {
					t.Errorf("binding is %q", result.Properties["binding"])
				}
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestWorld: what expressions find, and the errors for what is not there.
func TestWorld(t *testing.T) {
	plural := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	world := &celpolicy.World{
		Resources: []celpolicy.Resource{{Plural: plural, Object: object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ns, labels: {x: z1}}}`)}},
		Globals:   map[string]any{"one": map[string]any{"part": 1}, "text": "t"},
	}
	if _, err := world.GetResource("v1", "configmaps", "ns", "a"); err != nil {
		t.Error(err)
	}
	list, err := world.ListResources("v1", "configmaps", "ns", map[string]string{"x": "z"})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
	if found, err := world.ToGVR("v1", "ConfigMap"); err != nil || *found != plural {
		t.Errorf("got %v, %v", found, err)
	}
	value, err := world.GetGlobalReference("one", "part")
	if err != nil || value != 1 {
		t.Errorf("got %v, %v", value, err)
	}
	if value, err := world.GetGlobalReference("none", "part"); err != nil || value != nil {
		t.Errorf("got %v, %v", value, err)
	}
	for want, call := range map[string]func() error{
		`configmaps "b" not found`: func() error { _, err := world.GetResource("v1", "configmaps", "ns", "b"); return err },
		"pods resource not found":  func() error { _, err := world.ListResources("v1", "pods", "ns", nil); return err },
		"stored value is not an object": func() error {
			_, err := world.GetGlobalReference("text", "part")
			return err
		},
		"image data for a not found in the context": func() error { _, err := world.GetImageData("a", nil); return err },
		"nothing outside is called here": func() error {
			_, err := world.PostResource("v1", "configmaps", "ns", nil)
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
