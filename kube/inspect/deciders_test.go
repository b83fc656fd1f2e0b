package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// TestDeciders: of the API server's own policies those are named that act, and that nothing here judges.
func TestDeciders(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{})
	policy := func(name, labels string) string {
		return strings.NewReplacer("NAME", name, "LABELS", labels).Replace(`
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME, labels: {LABELS}}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}
  validations: [{expression: "false"}]
`)
	}
	bind := func(kind, name string) string {
		return strings.NewReplacer("KIND", kind, "NAME", name).Replace(`
---
apiVersion: admissionregistration.k8s.io/v1
kind: KINDBinding
metadata: {name: NAME}
spec: {policyName: NAME, validationActions: [Deny]}
`)
	}
	apply(t, cluster, policy("free", "a: b")+policy("no-secrets", "a: b")+bind("ValidatingAdmissionPolicy", "no-secrets")+
		policy("made", "app.kubernetes.io/managed-by: kyverno")+bind("ValidatingAdmissionPolicy", "made")+bind("ValidatingAdmissionPolicy", "nothing")+`
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: add-tier}
spec:
  reinvocationPolicy: Never
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{}"}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: add-tier}
spec: {policyName: add-tier}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
`)
	want := []inspect.Ref{{Kind: "ValidatingAdmissionPolicy", Name: "no-secrets"}, {Kind: "MutatingAdmissionPolicy", Name: "add-tier"}}
	if got, err := reader.Deciders(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "configmap", Namespace: "default", Name: "c"}})
	if err != nil || len(answers) != 1 || !strings.Contains(answers[0].Earlier, "ValidatingAdmissionPolicy no-secrets, MutatingAdmissionPolicy add-tier") {
		t.Errorf("%+v, %v", answers, err)
	}
}
