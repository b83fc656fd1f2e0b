package policycheck_test

import (
	"strings"
	"testing"

	"podsec/engine/policycheck"
)

func match(block string) string { return "rules: [{name: r, match: " + block + ", " + labels + "}]" }

func TestMatch(t *testing.T) {
	run(t, []verdictCase{
		{
			name: "nothing", spec: match("{}"),
			err: "path: spec.rules[0].match.resources.: match resources not specified",
		},
		{
			name: "an empty filter", spec: match("{any: [{resources: {}}]}"),
			err: "path: spec.rules[0].match.resources.: match resources not specified",
		},
		{
			name: "both forms", spec: match("{any: [{resources: {kinds: [Pod]}}], resources: {kinds: [Pod]}}"),
			err: "path: spec.rules[0].match.: can't specify any/all together with match resources",
		},
		{
			name: "both forms in exclude", spec: rule("exclude: {any: [{resources: {kinds: [Pod], namespaces: [x]}}], resources: {namespaces: [z]}}, " + labels),
			err: "path: spec.rules[0].exclude.: can't specify any/all together with exclude resources",
		},
		{
			name: "any and all", spec: match("{any: [{resources: {kinds: [Pod]}}], all: [{resources: {kinds: [Pod]}}]}"),
			err: `spec.rules[0].match: Invalid value: {"any":[{"resources":{"kinds":["Pod"]}}],"all":[{"resources":{"kinds":["Pod"]}}],"resources":{}}: Can't specify any and all together`,
		},
		{
			name: "no kinds", spec: match("{any: [{resources: {names: [x]}}]}"),
			err: "at least one element must be specified in a kind block, the kind attribute is mandatory when working with the resources element",
		},
		{
			name: "no kinds and more than metadata", spec: "rules: [{name: r, match: {all: [{resources: {names: [x]}}]}, validate: {pattern: {spec: {a: b}}}}]",
			err: "policy can only deal with the metadata field of the resource if the rule does not match any kind",
		},
		{
			name: "name and names", spec: match("{any: [{resources: {kinds: [Pod], name: a, names: [b]}}]}"),
			err: `spec.rules[0].match.any[0]: Invalid value: {"kinds":["Pod"],"name":"a","names":["b"]}: Both name and names can not be specified together`,
		},
		{
			name: "a selector's operator", spec: match("{all: [{resources: {kinds: [Pod], selector: {matchExpressions: [{key: k, operator: Has}]}}}]}"),
			err: `spec.rules[0].match.all[0].selector: Invalid value: {"matchExpressions":[{"key":"k","operator":"Has"}]}: "Has" is not a valid label selector operator`,
		},
		{
			name: "an empty selector", spec: match("{any: [{resources: {kinds: [Pod], selector: {}}}]}"),
			err: `spec.rules[0].match.any[0].selector: Invalid value: {}: The requirements are not specified in selector`,
		},
		{name: "a selector with wildcards", spec: match("{any: [{resources: {kinds: [Pod], selector: {matchLabels: {'app*': '?'}}}}]}")},
		{
			name: "subjects and roles", spec: "{background: false, " + match("{any: [{resources: {kinds: [Pod]}, roles: [r], subjects: [{kind: Robot, name: a}, {name: b}, {kind: ServiceAccount}]}]}") + "}",
			err: `[spec.rules[0].match.any[0].subjects[0].kind: Invalid value: "Robot": kind must be 'User', 'Group', or 'ServiceAccount', spec.rules[0].match.any[0].subjects[1].kind: Required value, ` +
				`spec.rules[0].match.any[0].subjects[2].name: Required value, spec.rules[0].match.any[0].subjects[2].namespace: Required value: namespace is required when Kind is ServiceAccount, ` +
				`spec.rules[0].match.any[0].roles[0]: Invalid value: "r": Role is expected to be in namespace:name format]`,
		},
		{
			name: "namespaces in a Policy", kind: "Policy", spec: match("{any: [{resources: {kinds: [Pod], namespaces: [x]}}]}"),
			err: "spec.rules[0].match.any[0].namespaces: Forbidden: Filtering namespaces not allowed in namespaced policies",
		},
		{
			name: "a cluster's kind in a Policy", kind: "Policy", spec: match("{any: [{resources: {kinds: [Pod, Namespace]}}]}"),
			err: "spec.rules[0].match.any[0].kinds[1]: Forbidden: Cluster wide resource 'Namespace' not allowed in namespaced policy",
		},
	})
}

func TestEmptySet(t *testing.T) {
	for _, tc := range []struct {
		match, exclude string
		empty          bool
	}{
		{"{resources: {kinds: [Pod]}}", "{resources: {kinds: [Pod]}}", true},
		{"{resources: {kinds: [Pod]}}", "{resources: {kinds: [Pod, ConfigMap]}}", true},
		{"{resources: {kinds: [Pod, ConfigMap]}}", "{resources: {kinds: [Pod]}}", false},
		{"{resources: {kinds: [Pod]}}", "{resources: {kinds: [Pod], namespaces: [x]}}", false},
		{"{resources: {kinds: [Pod], namespaces: [x]}}", "{resources: {namespaces: [x, z]}}", true},
		{"{resources: {kinds: [Pod], name: web}}", "{resources: {name: 'w*'}}", true},
		{"{resources: {kinds: [Pod], names: [web, db]}}", "{resources: {names: ['d*']}}", true},
		{"{resources: {kinds: [Pod]}}", "{resources: {names: ['d*']}}", false},
		{"{resources: {kinds: [Pod]}}", "{roles: ['a:b']}", false},
		{"{resources: {kinds: [Pod]}, roles: ['a:b']}", "{roles: ['a:b']}", true},
		{"{resources: {kinds: [Pod], selector: {matchLabels: {a: b}}}}", "{resources: {kinds: [Pod], selector: {matchLabels: {a: b}}}}", true},
		{"{resources: {kinds: [Pod], selector: {matchLabels: {a: b}}}}", "{resources: {kinds: [Pod], selector: {matchLabels: {a: c}}}}", false},
		{"{resources: {kinds: [Pod], selector: {matchLabels: {a: b}}}}", "{resources: {kinds: [Pod]}}", false},
		{"{resources: {kinds: [Pod], annotations: {a: b}}}", "{resources: {kinds: [Pod], annotations: {a: b}}}", true},
		{"{resources: {kinds: [Pod]}}", "{}", false},
		{"{any: [{resources: {kinds: [Pod]}}]}", "{any: [{resources: {kinds: [Pod], namespaces: [x]}}]}", false},
		{"{all: [{resources: {kinds: [Pod]}}]}", "{all: [{resources: {kinds: [Pod]}}]}", false},
	} {
		spec := "{background: false, rules: [{name: r, match: " + tc.match + ", exclude: " + tc.exclude + ", " + labels + "}]}"
		_, err := policycheck.Check(policy(t, spec), nil, testCluster())
		if got := strings.HasSuffix(text(err), "Rule is matching an empty set"); got != tc.empty {
			t.Errorf("match %s, exclude %s: %v", tc.match, tc.exclude, err)
		}
	}
}

func TestKinds(t *testing.T) {
	const unknown = "the kind defined in the all match resource is invalid: unable to convert GVK to GVR for kinds %, err: resource not found"
	const onlyMetadata = "path: spec.rules[0].match.any[0].kinds: policy can only deal with the metadata field of the resource if the rule does not match any kind"
	all := func(action string) string {
		return "{background: false, rules: [{name: r, match: {any: [{resources: {kinds: ['*']}}]}, " + action + "}]}"
	}
	run(t, []verdictCase{
		{name: "an unknown kind", spec: match("{any: [{resources: {kinds: [pod]}}]}"), warnings: []string{strings.Replace(unknown, "%", "pod", 1)}},
		{name: "an unknown kind ends the check", spec: "rules: [{name: r, match: {any: [{resources: {kinds: [Pot]}}]}, validate: {message: m}}]", warnings: []string{strings.Replace(unknown, "%", "Pot", 1)}},
		{name: "an unknown kind in exclude", spec: rule("exclude: {all: [{resources: {kinds: [Pots]}}]}, " + labels), warnings: []string{strings.Replace(unknown, "%", "Pots", 1)}},
		{
			name: "a subresource in the background", spec: match("{any: [{resources: {kinds: [Deployment/scale]}}]}"),
			err: "path: spec.rules[0].match.any[0].kinds: background scan enabled with subresource Deployment/scale",
		},
		{name: "a subresource at admission", spec: "{background: false, " + match("{any: [{resources: {kinds: [Pod/exec]}}]}") + "}"},
		{
			name: "all kinds in the background", spec: match("{all: [{resources: {kinds: ['*']}}]}"),
			err: "path: spec.rules[0].match.all[0].kinds: wildcard policy not allowed in background mode. Set spec.background=false to disable background mode for this policy rule ",
		},
		{
			name: "all kinds and another", spec: "{background: false, " + match("{resources: {kinds: ['*', Pod]}}") + "}",
			err: "path: spec.rules[0].match.kinds: wildcard policy can not deal with more than one kind",
		},
		{name: "all kinds, spec", spec: all("validate: {pattern: {spec: {a: b}}}"), err: onlyMetadata},
		{name: "all kinds, one spec of any", spec: all("validate: {anyPattern: [{metadata: {}}, {spec: {a: b}}]}"), err: onlyMetadata},
		{name: "all kinds, a patch of spec", spec: all(`mutate: {patchesJson6902: '[{"op":"add","path":"/spec/a","value":1}]'}`), err: onlyMetadata},
		{name: "all kinds, a condition on spec", spec: all(`validate: {deny: {conditions: [{key: "{{ request.object.spec.a }}", operator: Equals, value: b}]}}`), err: onlyMetadata},
		{name: "all kinds, a condition on the operation", spec: all(`validate: {deny: {conditions: [{key: "{{ request.operation }}", operator: Equals, value: DELETE}]}}`)},
		{
			name: "all kinds, a loop", spec: all("validate: {foreach: [{list: a, pattern: {b: c}}]}"),
			err: "path: spec.rules[0].match.any[0].kinds: wildcard policy does not support rule type",
		},
	})
}

// TestNoCluster asserts that without a cluster every kind is taken to exist.
func TestNoCluster(t *testing.T) {
	obj := policy(t, match("{any: [{resources: {kinds: [Pot]}}]}"))
	if warnings, err := policycheck.Check(obj, nil, nil); err != nil || warnings != nil {
		t.Errorf("got %v, %v", warnings, err)
	}
	obj.SetKind("Policy")
	if warnings, err := policycheck.Check(obj, nil, nil); err != nil || warnings != nil {
		t.Errorf("a Policy: got %v, %v", warnings, err)
	}
}

func TestOverrides(t *testing.T) {
	overrides := func(list string) string {
		return "{validationFailureActionOverrides: " + list + ", " + rule(labels) + "}"
	}
	run(t, []verdictCase{
		{name: "apart", spec: overrides("[{action: Audit, namespaces: [a, 'b-*']}, {action: Enforce, namespaces: [c]}]")},
		{
			name: "the same names", spec: overrides("[{action: Audit, namespaces: [a, b]}, {action: Enforce, namespaces: [b, a]}]"),
			err: "conflicting namespaces found in path: spec.validationFailureActionOverrides[1].namespaces: a, b",
		},
		{
			name: "a pattern and a name", spec: overrides("[{action: Audit, namespaces: ['dev-*']}, {action: Enforce, namespaces: [dev-a]}]"),
			err: "path: spec.validationFailureActionOverrides[1].namespaces: wildcard pattern 'dev-*' matches with namespace 'dev-a'",
		},
		{
			name: "two patterns", spec: overrides("[{action: Enforce, namespaces: ['dev-*']}, {action: Audit, namespaces: ['d*']}]"),
			err: "path: spec.validationFailureActionOverrides[1].namespaces: wildcard pattern 'd*' conflicts with the pattern 'dev-*'",
		},
		{
			name: "in a rule", spec: rule("validate: {failureActionOverrides: [{action: Audit, namespaces: [a]}, {action: Enforce, namespaces: [a]}], pattern: {a: b}}"),
			err: "conflicting namespaces found in path: spec.rules[0].validate.validationFailureActionOverrides[1].namespaces: a",
		},
		{name: "no action", spec: overrides("[{namespaces: [a]}]"), err: "invalid action"},
	})
}
