package policycheck_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/engine/policycheck"
)

func TestVariables(t *testing.T) {
	const background = "only select variables are allowed in background mode. Set spec.background=false to disable background mode for this policy rule: "
	const undefined = `policy contains invalid variables: variable substitution failed for rule r: variable foo must match regex "request\.|element|elementIndex|@|images|images\.|image\.|([a-z_0-9]+\()[^{}]" or patterns [`
	message := func(text string) string { return rule("validate: {message: '" + text + "', pattern: {a: b}}") }
	run(t, []verdictCase{
		{name: "the request", spec: message("{{ request.object.metadata.name }} {{request.operation}}")},
		{name: "an escaped one", spec: message(`\{{ foo }}`)},
		{name: "the place itself", spec: rule(`validate: {pattern: {spec: {a: "{{ @ }}"}}}`)},
		{name: "a function", spec: message("{{ to_upper(request.object.kind) }}")},
		{name: "one in another", spec: message("{{ request.object.metadata.labels.{{ request.object.kind }} }}")},
		{name: "an undefined one", spec: message("x {{ foo }}"), err: undefined + "]"},
		{name: "an undefined one in another", spec: message("{{ request.object.{{ foo }} }}"), err: undefined + "]"},
		{name: "an undefined key", spec: rule(`validate: {pattern: {"{{ foo }}": b}}`), err: undefined + "]"},
		{name: "one from the context", spec: rule("context: [{name: foo, variable: {value: a}}], validate: {message: '{{ foo.bar }} {{ foo }}', pattern: {a: b}}")},
		{name: "data of a ConfigMap", spec: rule("context: [{name: foo, configMap: {name: a, namespace: b}}], validate: {message: '{{ foo.data.bar }}', pattern: {a: b}}")},
		{
			name: "a ConfigMap itself", spec: rule("context: [{name: foo, configMap: {name: a, namespace: b}}], validate: {message: '{{ foo }}', pattern: {a: b}}"),
			err: undefined + "foo.data foo.metadata foo.data.* foo.metadata.*]",
		},
		{name: "one from a loop's context", spec: rule("validate: {foreach: [{list: request.object.spec.containers, context: [{name: foo, variable: {jmesPath: element.name}}], deny: {conditions: {any: [{key: '{{ foo }}', operator: Equals, value: a}]}}}]}")},
		{
			name: "no JMESPath", spec: rule(`validate: {deny: {conditions: {any: [{key: "{{ request.object.a[ }}", operator: Equals, value: 1}]}}}`),
			err: "policy contains invalid variables: variable substitution failed for rule r: failed to resolve request.object.a[ at path /validate/deny/conditions/any/0/key: invalid JMESPath query request.object.a[: SyntaxError: Expected tStar, received: tEOF",
		},
		{
			name: "nothing between the braces", spec: message("{{ }}"),
			err: "policy contains invalid variables: variable substitution failed for rule r: failed to resolve  at path /validate/message: invalid query (nil)",
		},
		{name: "the user in the background", spec: message("{{ request.userInfo.username }}"), err: background + "variable {{ request.userInfo.username }} is not allowed "},
		{name: "the service account in the background", spec: message("{{serviceAccountName}}"), err: background + "variable {{serviceAccountName}} is not allowed "},
		{name: "the user at admission", spec: "{background: false, " + message("{{ request.userInfo.username }} {{ serviceAccountName }}") + "}"},
		{name: "a field called so", spec: message("{{ request.object.serviceAccountName }}")},
		{name: "a subject in the background", spec: matchWith("subjects: [{kind: User, name: bob}]", labels), err: background + "invalid variable used at path: spec/rules[0]/match/any[0]/subjects "},
		{name: "a role to exclude in the background", spec: rule("exclude: {all: [{clusterRoles: [admin]}]}, " + labels), err: background + "invalid variable used at path: spec/rules[0]/exclude/all[0]/clusterRoles "},
		{name: "a role in the older form", spec: "rules: [{name: r, match: {resources: {kinds: [Pod]}, roles: ['a:b']}, " + labels + "}]", err: background + "invalid variable used at path: spec/rules[0]/match/roles "},
		{name: "one in match", spec: match("{any: [{resources: {kinds: [Pod], names: ['{{ request.object.kind }}']}}]}"), err: `policy contains invalid variables: rule "r" should not have variables in match section`},
		{name: "one in exclude", spec: rule("exclude: {any: [{resources: {names: ['{{ request.object.kind }}']}}]}, " + labels), err: `policy contains invalid variables: rule "r" should not have variables in exclude section`},
		{name: "an element outside of a loop", spec: message("{{ element.name }}"), err: "variable 'element.name' present outside of foreach at path /validate/message"},
	})
}

func TestReferences(t *testing.T) {
	const at = "policy contains invalid variables: variable substitution failed for rule r: "
	run(t, []verdictCase{
		{name: "a neighbour", spec: rule("validate: {pattern: {spec: {a: x, b: $(./../a)}}}")},
		{name: "an anchored neighbour", spec: rule("validate: {pattern: {spec: {(a): x, b: <$(./../a)}}}")},
		{name: "an absolute path", spec: matchWith("roles: []", "validate: {pattern: {spec: {a: x, b: $(/validate/pattern/spec/a)}}}")},
		{name: "an escaped one", spec: rule(`validate: {pattern: {spec: {b: '\$(NAME)'}}}`)},
		{name: "nothing there", spec: rule("validate: {pattern: {spec: {b: $(NAME)}}}"), err: at + "got nil resolved variable $(NAME) at path /validate/pattern/spec/b: <nil>"},
		{name: "a number", spec: rule("validate: {pattern: {spec: {a: 1, b: $(./../a)}}}"), err: at + "NotResolvedReferenceErr,reference $(./../a) not resolved at path /validate/pattern/spec/b"},
		{name: "a comparison with a number", spec: rule("validate: {pattern: {spec: {a: 1, b: $(>./../a)}}}")},
		{name: "a comparison with nothing", spec: rule("validate: {pattern: {spec: {b: $(>./../a)}}}"), err: at + "failed to resolve $(>./../a) at path /validate/pattern/spec/b: incorrect expression: operator > does not match with value <nil>"},
	})
}

func TestConditions(t *testing.T) {
	deny := func(condition string) string {
		return rule("validate: {deny: {conditions: {any: [" + condition + "]}}}")
	}
	const operation = `key: "{{ request.operation }}", operator: Equals, value: `
	const at = "path: spec.rules[0].validate.deny.conditions.any[0]."
	const allowed = "found under the 'value' field. Only the following values are allowed: [CREATE, UPDATE, DELETE, CONNECT]"
	run(t, []verdictCase{
		{name: "no value", spec: deny("{key: a, operator: Equals}"), err: at + ": entered value of `key`, `value` or `operator` is missing or misspelled"},
		{name: "an operation", spec: deny("{" + operation + "DELETE}")},
		{name: "a wrong operation", spec: deny("{" + operation + "PATCH}"), err: at + "value: PATCH: unknown value 'PATCH' " + allowed},
		{name: "an operation by variable", spec: deny("{" + operation + `"{{ request.object.a }}"}`)},
		{name: "a wrong operation of several", spec: deny("{" + operation + "[CREATE, create]}"), err: at + "value[1]: unknown value 'create' " + allowed},
		{name: "a number of several", spec: deny("{" + operation + "[1]}"), err: at + "value[0]: 'value[0]' found to be of the type float64. The provided values are expected to be strings"},
		{name: "a map", spec: deny("{" + operation + "{a: b}}"), err: at + "value: 'value' field found to be of the type map. The provided value/values are expected to be either in the form of a string or list"},
		{name: "the older form", spec: rule("validate: {deny: {conditions: [{" + operation + "PATCH}]}}"), err: "path: spec.rules[0].validate.deny.conditions[0].value: PATCH: unknown value 'PATCH' " + allowed},
		{name: "preconditions", spec: rule("preconditions: {all: [{" + operation + "PATCH}]}, " + labels), err: "path: spec.rules[0].validate.preconditions.all[0].value: PATCH: unknown value 'PATCH' " + allowed},
	})
}

func TestOperators(t *testing.T) {
	const wrong = "entered value of `operator` is invalid. valid values: "
	for spec, path := range map[string]string{
		"validate: {deny: {conditions: {all: [{key: a, operator: Is, value: b}]}}}":                                         "validate.deny.conditions.all[0].",
		"validate: {foreach: [{list: a, preconditions: {all: [{key: a, operator: Is, value: b}]}, pattern: {}}]}":           "validate.foreach.conditions.any[0].",
		"validate: {foreach: [{list: a, deny: {conditions: {any: [{key: a, operator: Is, value: b}]}}}]}":                   "validate.foreach.deny.conditions.any[0].",
		"mutate: {foreach: [{list: a, preconditions: {any: [{operator: Is}]}, patchStrategicMerge: {}}]}":                   "mutate.foreach.conditions.any[0].",
		"mutate: {foreach: [{list: a, foreach: [{list: b, preconditions: {any: [{operator: Is}]}}]}]}":                      "mutate.foreach.mutate.foreach.conditions.any[0].",
		"verifyImages: [{imageReferences: [a], attestations: [{type: t, conditions: [{all: [{operator: Is}]}]}]}]":          "verifyImages.attestations.conditions.any[0].",
		"verifyImages: [{imageReferences: [a], validate: {deny: {conditions: {any: [{key: a, operator: Is, value: b}]}}}}]": "imageVerify.validate.deny.conditions.any[0].",
	} {
		_, err := policycheck.Check(policy(t, rule(spec)), nil, testCluster())
		want := "path: spec.rules[0]." + path + ": " + wrong
		if got := text(err); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%s: got %v", spec, err)
		}
	}
}

func TestContext(t *testing.T) {
	entry := func(fields string) string { return rule("context: [{" + fields + "}], " + labels) }
	const at = "path: spec.rules[0]: "
	run(t, []verdictCase{
		{name: "no name", spec: entry("variable: {value: a}"), err: at + "a name is required for context entries"},
		{name: "a reserved name", spec: entry("name: request.object, variable: {value: a}"), err: at + "entry name request.object is invalid as it conflicts with a pre-defined variable request"},
		{name: "nothing", spec: entry("name: a"), err: at + "exactly one of configMap or apiCall or imageRegistry or variable is required for context entries"},
		{name: "two", spec: entry("name: a, variable: {value: a}, configMap: {name: a}"), err: at + "exactly one of configMap or apiCall or imageRegistry or variable is required for context entries"},
		{name: "a ConfigMap without name", spec: entry("name: a, configMap: {namespace: b}"), err: at + "a name is required for configMap context entry"},
		{name: "a ConfigMap without namespace", spec: entry("name: a, configMap: {name: b}"), err: at + "a namespace is required for configMap context entry"},
		{name: "a variable without value", spec: entry("name: a, variable: {}"), err: at + "a variable must define a value or a jmesPath expression"},
		{name: "a default without expression", spec: entry("name: a, variable: {value: a, default: b}"), err: at + "a variable must define a default value only when a jmesPath expression is defined"},
		{name: "an expression", spec: entry("name: a, variable: {jmesPath: 'a['}"), err: at + "failed to parse JMESPath a[: SyntaxError: Expected tStar, received: tEOF"},
		{name: "an expression with a variable", spec: entry("name: a, variable: {jmesPath: 'a.{{ request.object.kind }}'}")},
		{name: "an API call with a service", spec: entry("name: a, apiCall: {urlPath: /a, service: {url: b}}"), err: at + "a URLPath cannot be used for service API calls"},
		{name: "an API call", spec: entry("name: a, apiCall: {urlPath: /a, jmesPath: '|'}"), err: at + "failed to parse JMESPath |: SyntaxError: Invalid token: tPipe"},
		{name: "a global reference", spec: entry("name: a, globalReference: {name: b}")},
		{name: "a global reference without name", spec: entry("name: a, globalReference: {}"), err: at + "a name is required for globalReference context entry"},
		{name: "a global reference in a Policy", kind: "Policy", spec: entry("name: a, globalReference: {name: b}"), err: at + "globalReference is not allowed in namespaced policies"},
		{name: "an image", spec: entry("name: a, imageRegistry: {reference: 'UPPER'}"), err: at + "bad image: UPPER: repository name must be lowercase"},
		{name: "no image", spec: entry("name: a, imageRegistry: {}"), err: at + "a ref is required for imageRegistry context entry"},
		{name: "an image by variable", spec: entry("name: a, imageRegistry: {reference: '{{ request.object.spec.image }}'}")},
		{name: "for CEL", spec: rule("context: [{name: a, variable: {value: b}}], validate: {cel: {expressions: [{expression: 'true'}]}}"), err: at + "context variables are not supported for CEL expressions in validate rules"},
	})
}

func TestGenerateUpdate(t *testing.T) {
	generate := func(kind, more string) string {
		return "rules: [{name: r, match: {any: [{resources: {kinds: [" + kind + "]}}]}, generate: {" + more + "apiVersion: v1, kind: ConfigMap, namespace: a, data: {b: c}}}]"
	}
	const prefix = "no synchronization will be performed to the old target resource upon policy updates: "
	for _, tc := range []struct {
		name, old, spec string
		warnings        []string
		err             string
	}{
		{"the same", generate("Namespace", "name: one, "), generate("Namespace", "name: one, "), nil, ""},
		{"another match", generate("Namespace", "name: one, "), generate("Deployment", "name: one, "), nil, ""},
		{"another match of a synchronized rule", generate("Namespace", "synchronize: true, name: one, "), generate("Deployment", "synchronize: true, name: one, "), []string{prefix}, "changes of immutable fields of a rule spec in a generate rule is disallowed"},
		{"another target", generate("Namespace", "name: one, "), generate("Namespace", "name: two, "), []string{prefix + "changes in the generate rule pattern could result in stale targets"}, ""},
		{"no generate rule any more", generate("Namespace", "name: one, "), rule(labels), []string{prefix + "changes in the generate rule pattern could result in stale targets"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			warnings, err := policycheck.Check(policy(t, tc.spec), policy(t, tc.old), testCluster())
			if text(err) != tc.err {
				t.Errorf("got %v, want %s", err, tc.err)
			}
			if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
