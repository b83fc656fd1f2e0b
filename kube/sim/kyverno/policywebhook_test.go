package kyverno

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/engine/policycheck"
)

const endOfText = "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

// TestMatchConditionsOfPolicies: conditions for the webhook that cannot be compiled keep a policy from being stored.
func TestMatchConditionsOfPolicies(t *testing.T) {
	c := newKyvernoCluster(t)
	for _, tc := range []struct{ conditions, want string }{
		{conditions: "[]"},
		{conditions: "[{name: a, expression: has(object.metadata)}, {name: b, expression: 'request.name == \"x\"'}]"},
		{
			conditions: `[{name: bad, expression: "request.foo == 'x'"}]`,
			want:       "[compilation failed: ERROR: <input>:1:8: undefined field 'foo'\n | request.foo == 'x'\n | .......^]",
		},
		{
			conditions: "[{name: bad, expression: object.metadata.name ==}]",
			want:       "[compilation failed: ERROR: <input>:1:24: " + endOfText + "\n | object.metadata.name ==\n | .......................^]",
		},
		{conditions: "[{name: bad, expression: object.metadata.name}, {name: ok, expression: 'true'}]", want: "[must evaluate to bool but got dyn]"},
		{conditions: "[{name: bad, expression: '1'}]", want: "[must evaluate to bool but got int]"},
		{conditions: "[{name: empty, expression: ''}]", want: "[compilation failed: ERROR: <input>:1:0: " + endOfText + "]"},
		{
			conditions: "[{name: a, expression: foo}, {name: b, expression: variables.x == 1}]",
			want: "[compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo\n | ^ " +
				"compilation failed: ERROR: <input>:1:10: undefined field 'x'\n | variables.x == 1\n | .........^]",
		},
	} {
		policy := parseObjects(t, fmt.Sprintf(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  webhookConfiguration: {matchConditions: %s}
  rules:
  - name: r
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {message: m, pattern: {metadata: {name: "?*"}}}
`, tc.conditions))[0]
		_, err := policycheck.CheckIn(c.kyverno.checks(t.Context()), policy, nil)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if tc.want != "" {
			tc.want = "match conditions compilation errors: " + tc.want
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tc.conditions, diff)
		}
	}
}

// TestTypesOfExpressions: of expressions in CEL that the types do not allow there are warnings.
func TestTypesOfExpressions(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(gadgets)
	c.settle()
	cluster := c.kyverno.checks(t.Context())
	cluster.Permissions = nil // that is another story
	const expression = "spec.rules[0].validate.cel.expressions[0].expression:"
	for _, tc := range []struct {
		name, match, cel, more string
		want                   []string
	}{
		{name: "fine", match: "kinds: [Deployment]", cel: "{expressions: [{expression: 'object.spec.replicas > 1'}]}", more: "replicas"},
		{
			name: "undeclared", match: "kinds: [Pod]", cel: "{expressions: [{expression: foo == 1}]}",
			want: []string{expression + "/v1, Kind=Pod: ERROR: <input>:1:1: undeclared reference to 'foo' (in container ''); | foo == 1; | ^;"},
		},
		{
			name: "syntax", match: "kinds: [Pod]", cel: "{expressions: [{expression: object.metadata.name ==}]}",
			want: []string{expression + "/v1, Kind=Pod: ERROR: <input>:1:24: " + endOfText + "; | object.metadata.name ==; | .......................^;"},
		},
		{
			name: "a field", match: "kinds: [Pod]", cel: `{expressions: [{expression: "'a'"}, {expression: object.spec.foo == 1}]}`,
			want: []string{"spec.rules[0].validate.cel.expressions[1].expression:/v1, Kind=Pod: ERROR: <input>:1:12: undefined field 'foo'; | object.spec.foo == 1; | ...........^;"},
		},
		{
			name: "variables and messages", match: "kinds: [Pod]",
			cel:  `{variables: [{name: x, expression: object.foo +}], expressions: [{expression: variables.x == 1, messageExpression: "1 + 'a'"}]}`,
			want: []string{"spec.rules[0].validate.cel.expressions[0].messageExpression:/v1, Kind=Pod: ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'; | 1 + 'a'; | ..^;"},
		},
		{
			name: "another kind", match: "kinds: [Deployment]", cel: `{expressions: [{expression: "object.spec.replicas == 'a'"}]}`, more: "replicas",
			want: []string{expression + "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'; | object.spec.replicas == 'a'; | .....................^;"},
		},
		{name: "what the schema leaves open", match: "kinds: [Gadget]", cel: "{expressions: [{expression: object.spec.size == 1}]}", want: []string{
			expression + "example.com/v1, Kind=Gadget: ERROR: <input>:1:7: undefined field 'spec'; | object.spec.size == 1; | ......^;;" +
				"example.com/v2, Kind=Gadget: ERROR: <input>:1:7: undefined field 'spec'; | object.spec.size == 1; | ......^;",
		}},
		{name: "a name with a wildcard", match: "kinds: [Pod], names: ['a*']", cel: "{expressions: [{expression: foo == 1}]}"},
		{name: "a selector", match: "kinds: [Pod], selector: {matchLabels: {a: b}}", cel: "{expressions: [{expression: object.metadata.name == 'x'}]}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := parseObjects(t, fmt.Sprintf(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  rules:
  - name: r
    match: {any: [{resources: {%s}}]}
    validate: {cel: %s}
`, tc.match, tc.cel))[0]
			want := tc.want
			if tc.more == "replicas" {
				want = append([]string{"You are matching on replicas but not including the scale subresource in the policy."}, want...)
			}
			got, err := policycheck.CheckIn(cluster, policy, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
