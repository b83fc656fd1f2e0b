package celpolicy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/celpolicy"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	return object
}

// validatingHead begins a ValidatingPolicy about pods.
const validatingHead = `
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: p}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
`

// What Kyverno 1.19.1 said of each of these on a cluster.
func TestCheck(t *testing.T) {
	const general = "<nil>: Internal error: validating policy compiler 1.0 error: failed to compile policy"
	mutating := strings.Replace(validatingHead, "ValidatingPolicy", "MutatingPolicy", 1)
	namespaced := strings.Replace(strings.Replace(validatingHead, "kind: Val", "kind: NamespacedVal", 1), "{name: p}", "{name: p, namespace: team}", 1)
	const constraints = ` matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods]}]}}`
	const noRules = "spec.matchConstraints: Required value: a matchConstraints with at least one resource rule is required"
	for name, c := range map[string]struct {
		policy string
		want   []string // the parts of the error
	}{
		"right": {policy: validatingHead + `  validations: [{expression: "true"}]`},
		"syntax": {
			policy: validatingHead + `  validations: [{expression: "object.spec.containers.all(c, c.image ==)"}]`,
			want: []string{general, `spec.validations[0].expression: Invalid value: "object.spec.containers.all(c, c.image ==)": ERROR: <input>:1:41: ` +
				`Syntax error: mismatched input ')' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}` +
				"\n | object.spec.containers.all(c, c.image ==)\n | ........................................^"},
		},
		"type": {
			policy: validatingHead + `  validations: [{expression: "object.metadata.name"}]`,
			want:   []string{general, `spec.validations[0].expression: Invalid value: "object.metadata.name": output is expected to be of type bool`},
		},
		"names": {
			policy: validatingHead + `  validations: [{expression: "variables.nope == 1 && foo(object)"}]`,
			want: []string{general, `spec.validations[0].expression: Invalid value: "variables.nope == 1 && foo(object)": ERROR: <input>:1:10: undefined field 'nope'` +
				"\n | variables.nope == 1 && foo(object)\n | .........^\nERROR: <input>:1:27: undeclared reference to 'foo' (in container '')\n | variables.nope == 1 && foo(object)\n | ..........................^"},
		},
		"message": {
			policy: validatingHead + `  validations: [{expression: "true", messageExpression: "1 + 1"}]`,
			want:   []string{general, `spec.validations[0].messageExpression: Invalid value: "1 + 1": output is expected to be of type string`},
		},
		"condition": {
			policy: validatingHead + `  matchConditions: [{name: a, expression: "1"}]`,
			want:   []string{general, `spec.matchConditions[0].expression: Invalid value: "1": output is expected to be of type bool`},
		},
		"about nothing": {
			policy: "kind: ValidatingPolicy\nmetadata: {name: p}\nspec: {validations: [{expression: \"true\"}]}",
			want:   []string{noRules},
		},
		"of a namespace": {
			policy: namespaced + `  validations: [{expression: "globalContext.Get('a', '') == null && http.Get('http://a') == null"}]`,
			want: []string{
				"spec: Forbidden: globalContext.* is not allowed in namespaced policies",
				"spec: Forbidden: http.* is not allowed in namespaced policies; set --allowHTTPInNamespacedPolicies to enable",
			},
		},
		"mutation": {policy: mutating + "  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{}'}}]"},
		"mutation's type": {
			policy: mutating + "  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: '1 + 1'}}]",
			want:   []string{`spec.mutations[0].applyConfiguration.expression: Invalid value: "1 + 1": output is expected to be of type Object`},
		},
		"idle mutation": {
			policy: mutating + "  evaluation: {admission: {enabled: false}}",
			want:   []string{"spec.evaluation: Forbidden: disabling both admission and mutateExisting evaluation modes is not allowed"},
		},
		"deletion": {policy: "kind: DeletingPolicy\nmetadata: {name: p}\nspec: {schedule: '@daily', conditions: [{name: a, expression: 'true'}]," + constraints},
		"deletion's schedule": {
			policy: "kind: DeletingPolicy\nmetadata: {name: p}\nspec: {schedule: every minute, conditions: [{name: a, expression: 'true'}]," + constraints,
			want:   []string{`spec.schedule: Invalid value: "every minute": schedule spec in the deletingPolicy is not in proper cron format: missing field(s)`},
		},
		"deletion of nothing": {
			policy: "kind: DeletingPolicy\nmetadata: {name: p}\nspec: {conditions: [{name: a, expression: '1'}]}",
			want: []string{
				"<nil>: Internal error: deleting policy compiler 1.18 error: failed to compile policy",
				`spec.conditions[0].expression: Invalid value: "1": output is expected to be of type bool`, noRules, "spec.schedule: Required value: schedule is required",
			},
		},
		"generation": {policy: strings.Replace(validatingHead, "ValidatingPolicy", "GeneratingPolicy", 1) + `  generate: [{expression: "generator.Apply('a', [])"}]`},
		"generation's name": {
			policy: strings.Replace(validatingHead, "ValidatingPolicy", "GeneratingPolicy", 1) + "  generate: [{expression: generator.Apply(variables.nope)}]",
			want: []string{
				"<nil>: Internal error: generating policy compiler 2.0 error: failed to compile policy",
				`spec.generate[0].expression: Invalid value: "generator.Apply(variables.nope)": ERROR: <input>:1:16: found no matching overload for 'Apply' applied to 'generator.Context.(!error!)'` +
					"\n | generator.Apply(variables.nope)\n | ...............^\nERROR: <input>:1:26: undefined field 'nope'\n | generator.Apply(variables.nope)\n | .........................^",
			},
		},
		"another kind": {policy: "kind: ClusterPolicy\nmetadata: {name: p}"},
	} {
		t.Run(name, func(t *testing.T) {
			warnings, err := celpolicy.Check(parse(t, c.policy))
			if diff := cmp.Diff(c.want, warnings); diff != "" {
				t.Error(diff)
			}
			want := strings.Join(c.want, ", ")
			if len(c.want) > 1 {
				want = "[" + want + "]"
			}
			if got := errorText(err); got != want {
				t.Errorf("the error is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheckException(t *testing.T) {
	exception := func(expression string) *unstructured.Unstructured {
		return parse(t, `
kind: PolicyException
metadata: {name: e, namespace: team}
spec:
  policyRefs: [{name: p, kind: ValidatingPolicy}]
  matchConditions: [{name: c, expression: "`+expression+`"}]`)
	}
	for expression, want := range map[string]string{
		"object.metadata.name == 'a'": "",
		"object.metadata +":           "spec.matchConditions[0].expression: Invalid value: \"object.metadata +\": ERROR: <input>:1:18: Syntax error: mismatched input '<EOF>' expecting",
		"1":                           `spec.matchConditions[0].expression: Invalid value: "1": output is expected to be of type bool`,
	} {
		for _, old := range []*unstructured.Unstructured{nil, exception("true")} {
			got := errorText(celpolicy.CheckException(exception(expression), old))
			if !strings.HasPrefix(got, want) || want == "" && got != "" {
				t.Errorf("%s: %q", expression, got)
			}
		}
	}
}

// A request to a cluster says what it is: the object before and after, who, where and whether in earnest.
func TestClusterRequest(t *testing.T) {
	policy := parse(t, validatingHead+`
  validations:
  - expression: "false"
    messageExpression: >-
      [request.operation, request.name, request.namespace, string(request.dryRun), request.subResource,
      request.userInfo.username, string(object.metadata.name), string(oldObject.metadata.name)].join(' ')
`)
	constraints := policy.Object["spec"].(map[string]any)["matchConstraints"].(map[string]any)["resourceRules"].([]any)[0].(map[string]any)
	constraints["operations"], constraints["resources"] = []any{"*"}, []any{"pods", "pods/status"}
	compiled, err := celpolicy.CompileValidating(policy, nil, &celpolicy.World{})
	if err != nil {
		t.Fatal(err)
	}
	pod := func(name string) *unstructured.Unstructured {
		return parse(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: "+name+", namespace: team}")
	}
	request := &celpolicy.Request{
		Resource: pod("new"), Operation: "UPDATE", Kind: pod("new").GroupVersionKind(),
		Cluster: &celpolicy.ClusterRequest{UID: "u", Namespace: "team", Name: "asked", Subresource: "status", Old: pod("old"), DryRun: true},
	}
	request.Plural.Version, request.Plural.Resource, request.User.Username = "v1", "pods", "me"
	answers, err := compiled.Evaluate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	said := slices.Concat(answers...)
	if len(said) != 1 || said[0].Message != "UPDATE asked team true status me new old" {
		t.Errorf("%+v", said)
	}
}

// When a policy runs next: after it ran last, or else after it was made.
func TestNextRun(t *testing.T) {
	policy := func(schedule, status string) *unstructured.Unstructured {
		return parse(t, `
kind: DeletingPolicy
metadata: {name: p, creationTimestamp: "2026-03-01T12:00:30Z"}
spec: {schedule: "`+schedule+`"}
status: {`+status+`}`)
	}
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		policy *unstructured.Unstructured
		after  time.Time
		want   time.Time
	}{
		{policy("*/1 * * * *", ""), time.Time{}, at("2026-03-01T12:01:00Z")},
		{policy("0 0 * * *", `lastExecutionTime: "2026-03-05T00:00:01Z"`), time.Time{}, at("2026-03-06T00:00:00Z")},
		{policy("@hourly", ""), at("2026-03-01T14:59:59Z"), at("2026-03-01T15:00:00Z")},
	} {
		if got, err := celpolicy.NextRun(c.policy, c.after); err != nil || !got.Equal(c.want) {
			t.Errorf("%v: %s, %v", c.policy.Object, got, err)
		}
	}
	if _, err := celpolicy.NextRun(policy("soon", ""), time.Time{}); err == nil {
		t.Error("soon is a schedule")
	}
}
