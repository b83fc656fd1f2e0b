package policycheck_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/policycheck"
)

// cluster is a KindResolver: the kinds that exist, with "sub" for subresources and "cluster" for kinds without namespace.
type cluster map[string]string

func (c cluster) FindKind(selector string) (found, subresource bool) {
	what, found := c[selector]
	return found, what == "sub"
}

func (c cluster) ClusterScoped(kind string) bool { return c[kind] == "cluster" }

func testCluster() cluster {
	c := cluster{"Namespace": "cluster", "v1/Namespace": "cluster", "Deployment/scale": "sub", "Pod/exec": "sub"}
	for _, kind := range []string{
		"Pod", "v1/Pod", "ConfigMap", "Deployment", "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/ReplicaSet",
		"apps/v1/StatefulSet", "batch/v1/Job", "batch/v1/CronJob", "v1/ReplicationController", "v1/Secret", "v1/ConfigMap",
	} {
		c[kind] = "namespaced"
	}
	return c
}

// verdictCase is a policy and what is said of it.
type verdictCase struct {
	name     string
	spec     string // YAML of the policy's spec
	meta     string // flow YAML inside of metadata, after the name
	kind     string // ClusterPolicy when empty; a Policy is in namespace team
	warnings []string
	err      string
}

func run(t *testing.T, cases []verdictCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			warnings, err := policycheck.Check(tc.policy(t), nil, testCluster())
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Errorf("error: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
				t.Errorf("warnings: -want +got:\n%s", diff)
			}
		})
	}
}

func (tc verdictCase) policy(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	obj := policy(t, tc.spec)
	if tc.meta != "" {
		var meta map[string]any
		if err := yaml.Unmarshal([]byte("{name: p, "+tc.meta+"}"), &meta); err != nil {
			t.Fatal(err)
		}
		obj.Object["metadata"] = meta
	}
	if tc.kind == "Policy" {
		obj.SetKind("Policy")
		obj.SetNamespace("team")
	}
	return obj
}

// policy makes a ClusterPolicy p with a spec.
func policy(t *testing.T, spec string) *unstructured.Unstructured {
	t.Helper()
	var body map[string]any
	if err := yaml.UnmarshalStrict([]byte(spec), &body); err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": map[string]any{"name": "p"}, "spec": body,
	}}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// rule returns the spec of a policy with one rule for pods that does what action says, in flow YAML.
func rule(action string) string {
	return "rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, " + action + "}]"
}

const labels = "validate: {message: m, pattern: {metadata: {labels: {a: '?*'}}}}"

func TestAccepted(t *testing.T) {
	const deprecated = "Validation failure actions enforce/audit are deprecated, use Enforce/Audit instead."
	run(t, []verdictCase{
		{name: "a plain policy", spec: rule(labels)},
		{name: "no rules", spec: "rules: []"},
		{name: "no spec", spec: "{}"},
		{name: "an unknown JMESPath function", spec: rule(`validate: {deny: {conditions: {any: [{key: "{{ lenght(request.object.spec.containers) }}", operator: GreaterThan, value: 1}]}}}`)},
		{name: "something like an anchor", spec: rule(`validate: {pattern: {spec: {"?(hostNetwork)": true}}}`)},
		{name: "a deprecated operator in preconditions", spec: rule(`preconditions: {all: [{key: "{{ request.operation }}", operator: In, value: [CREATE]}]}, ` + labels)},
		{name: "the older match", spec: "rules: [{name: r, match: {resources: {kinds: [Pod]}}, exclude: {resources: {namespaces: [x]}}, " + labels + "}]"},
		{name: "all kinds without background", spec: "{background: false, rules: [{name: r, match: {any: [{resources: {kinds: ['*']}}]}, " + labels + "}]}"},
		{name: "a Policy", kind: "Policy", spec: rule(labels)},
		{
			name: "actions in lower case",
			spec: "{validationFailureAction: enforce, validationFailureActionOverrides: [{action: audit, namespaces: [x]}], " + rule("validate: {failureAction: audit, failureActionOverrides: [{action: enforce, namespaces: [z]}], pattern: {a: b}}") + "}",
			warnings: []string{
				"spec.validationFailureAction: " + deprecated, "spec.validationFailureActionOverrides[0].action: " + deprecated,
				"spec.rules[0].validate.failureAction: " + deprecated, "spec.rules[0].validate.failureActionOverrides[0].action: " + deprecated,
			},
		},
		{
			name: "a deprecated operator", spec: rule(`validate: {deny: {conditions: {any: [{key: a, operator: In, value: [b]}]}}}`),
			warnings: []string{`Operator In has been deprecated and will be removed soon. Use these instead: ["AllIn" "AnyIn"]`},
		},
		{
			name: "controllers left out", meta: "annotations: {pod-policies.kyverno.io/autogen-controllers: Deployment}", spec: rule(labels),
			warnings: []string{"Policies that match Pods apply to all Pods including those created and managed by controllers excluded from autogen. Use preconditions to exclude the Pods managed by controllers which are excluded from autogen. Refer to https://kyverno.io/docs/policy-types/cluster-policy/autogen/ for details."},
		},
		{name: "controllers left out altogether", meta: "annotations: {pod-policies.kyverno.io/autogen-controllers: none}", spec: rule(labels)},
		{
			name:     "replicas",
			spec:     "rules: [{name: r, match: {any: [{resources: {kinds: [Deployment]}}]}, validate: {pattern: {spec: {replicas: '<5'}}}}]",
			warnings: []string{"You are matching on replicas but not including the scale subresource in the policy."},
		},
		{
			name:     "status",
			spec:     "rules: [{name: r, match: {any: [{resources: {kinds: [Deployment]}}]}, validate: {pattern: {status: {phase: x}}}}]",
			warnings: []string{"You are matching on status but not including the status subresource in the policy."},
		},
		{
			name: "a JSON patch of pods", spec: `rules: [{name: r, match: {resources: {kinds: [Pod]}}, mutate: {patchesJson6902: "[{op: add, path: /metadata/labels/a, value: b}]"}}]`,
			warnings: []string{"Pods managed by workload controllers should not be directly mutated using policies. Use the autogen feature or write policies that match Pod controllers."},
		},
	})
}

func TestSpecErrors(t *testing.T) {
	const body = `{"name":"r","match":{"any":[{"resources":{"kinds":["Pod"]}}],"resources":{}}`
	const pattern = `"validate":{"message":"m","pattern":{"metadata":{"labels":{"a":"?*"}}}}`
	const mutate = `mutate: {patchStrategicMerge: {metadata: {labels: {a: b}}}}`
	run(t, []verdictCase{
		{
			name: "two rules of one name", spec: "rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, " + labels + "}, {name: r, match: {any: [{resources: {kinds: [Pod]}}]}, " + labels + "}]",
			err: "spec.rules[1].name: Invalid value: " + body + "," + pattern + "}: Duplicate rule name: 'r'",
		},
		{
			name: "no action", spec: "rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}}]",
			err: "spec.rules[0]: Invalid value: " + body + "}: No operation defined in the rule 'r'.(supported operations: mutate,validate,generate,verifyImages)",
		},
		{
			name: "two actions", spec: rule(labels + ", " + mutate),
			err: "spec.rules[0]: Invalid value: " + body + `,"mutate":{"patchStrategicMerge":{"metadata":{"labels":{"a":"b"}}}},` + pattern + "}: Multiple operations defined in the rule 'r', only one operation (mutate,validate,generate,verifyImages) is allowed per rule",
		},
		{
			name: "an exclusion of everything", spec: rule("exclude: {any: [{resources: {kinds: [Pod]}}]}, " + labels),
			err: "spec.rules[0]: Invalid value: " + body + `,"exclude":{"any":[{"resources":{"kinds":["Pod"]}}],"resources":{}},` + pattern + "}: Rule is matching an empty set",
		},
		{
			name: "image extractors", spec: rule("imageExtractors: {Task: [{path: /spec}]}, " + labels),
			err: "spec.rules[0].imageExtractors: Invalid value: " + body + `,"imageExtractors":{"Task":[{"path":"/spec"}]},` + pattern + "}: Invalid rule spec for rule 'r', imageExtractors can only be defined for verifyImages rule",
		},
		{
			name: "a timeout", spec: "{webhookTimeoutSeconds: 31, " + rule(labels) + "}",
			err: "spec.webhookTimeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
		},
		{
			name: "several at once", spec: "{webhookTimeoutSeconds: 0, failurePolicy: Fail, webhookConfiguration: {failurePolicy: Ignore, timeoutSeconds: 99}, generateExistingOnPolicyUpdate: true, " + rule(labels) + "}",
			err: "[spec.webhookTimeoutSeconds: Forbidden: remove the deprecated field and use spec.webhookConfiguration.timeoutSeconds instead, " +
				"spec.failurePolicy: Forbidden: remove the deprecated field and use spec.webhookConfiguration.failurePolicy instead, " +
				"spec.generateExistingOnPolicyUpdate: Forbidden: remove the deprecated field and use spec.generate[*].generateExisting instead, " +
				"spec.webhookTimeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds, " +
				"spec.webhookConfiguration.timeoutSeconds: Invalid value: 99: the timeout value must be between 1 and 30 seconds]",
		},
		{
			name: "autogen for all", meta: "annotations: {pod-policies.kyverno.io/autogen-controllers: all}", spec: rule(labels),
			err: "metadata.annotations: Forbidden: Autogen annotation does not support 'all' anymore, remove the annotation or set it to a valid value",
		},
		{
			name: "mutate existing without targets", spec: "{mutateExistingOnPolicyUpdate: true, " + rule(mutate) + "}",
			err: "spec.mutateExistingOnPolicyUpdate: Forbidden: rules[0].mutate.targets has to be specified when mutateExistingOnPolicyUpdate is set",
		},
		{
			name: "overrides in a Policy", kind: "Policy", spec: "{validationFailureActionOverrides: [{action: Audit, namespaces: [x]}], " + rule(labels) + "}",
			err: "spec.validationFailureActionOverrides: Forbidden: Use of validationFailureActionOverrides is supported only with ClusterPolicy",
		},
		{
			name: "no mode", spec: "{admission: false, background: false, " + rule(labels) + "}",
			err: "disabling both admission and background processing is not allowed",
		},
		{
			name: "mutation without admission", spec: "{admission: false, " + rule(mutate) + "}",
			err: "disabling admission processing is only allowed with validation policies",
		},
	})
}

func TestLongName(t *testing.T) {
	obj := policy(t, rule(labels))
	obj.SetName(strings.Repeat("n", 64))
	_, err := policycheck.Check(obj, nil, testCluster())
	if want := "name: Too long: may not be more than 63 bytes"; text(err) != want {
		t.Errorf("got %v", err)
	}
}

func TestDecodeError(t *testing.T) {
	_, err := policycheck.Check(policy(t, "rules: 5"), nil, testCluster())
	if err == nil || !strings.HasPrefix(err.Error(), "decode ClusterPolicy p: ") {
		t.Errorf("got %v", err)
	}
}

// TestPodSecurity asserts what may be excluded from a level.
func TestPodSecurity(t *testing.T) {
	exclude := func(level, fields string) string {
		return rule("validate: {podSecurity: {level: " + level + ", exclude: [{" + fields + "}]}}")
	}
	const at = "spec.rules[0].podSecurity.exclude[0]."
	run(t, []verdictCase{
		{name: "a control of containers", spec: exclude("baseline", "controlName: Capabilities, images: ['*']")},
		{name: "a control of either", spec: exclude("restricted", "controlName: Running as Non-root")},
		{
			name: "a control of containers without images", spec: exclude("baseline", "controlName: Capabilities"),
			err: at + `controlName: Invalid value: "Capabilities": exclude.images must be specified for the container level control`,
		},
		{
			name: "a control of pods with images", spec: exclude("baseline", "controlName: Sysctls, images: ['*']"),
			err: at + `controlName: Invalid value: "Sysctls": exclude.images must not be specified for the pod level control`,
		},
		{
			name: "a control of another level", spec: exclude("baseline", "controlName: Running as Non-root user, images: ['*']"),
			err: at + `controlName: Invalid value: "Running as Non-root user": Invalid control name defined at the given level`,
		},
		{
			name: "values without field", spec: exclude("baseline", "controlName: Seccomp, images: ['*'], values: [Unconfined]"),
			err: at + "restrictedField: Forbidden: restrictedField is required",
		},
		{
			name: "a field without values", spec: exclude("baseline", "controlName: Seccomp, images: ['*'], restrictedField: spec.securityContext.seccompProfile.type"),
			err: at + "values: Forbidden: values is required",
		},
	})
}

func BenchmarkCheck(b *testing.B) {
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte("{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, spec: {"+rule(labels)+"}}"), &obj.Object); err != nil {
		b.Fatal(err)
	}
	kinds := testCluster()
	for b.Loop() {
		if _, err := policycheck.Check(obj, nil, kinds); err != nil {
			b.Fatal(err)
		}
	}
}
