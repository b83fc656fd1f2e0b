package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// TestUnjudged: policies that are not judged here are named wherever something is said without them.
func TestUnjudged(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{Kyverno: true})
	if _, err := reader.Policies(t.Context(), ""); err == nil {
		t.Error("a cluster without policies has some")
	}
	apply(t, cluster, `
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: require-team}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations: [{expression: has(object.data)}]
---
apiVersion: policies.kyverno.io/v1
kind: NamespacedMutatingPolicy
metadata: {name: add-tier, namespace: default}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{}"}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
data: {a: b}
`)
	want := []string{"ValidatingPolicy require-team", "NamespacedMutatingPolicy default/add-tier"}
	if got, err := reader.Unjudged(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if found, err := reader.Policies(t.Context(), ""); err != nil || len(found) > 0 {
		t.Errorf("policies: %v, %v", found, err)
	}
	agreement, err := reader.Compare(t.Context())
	if err != nil || !slices.Equal(agreement.Unjudged, want) || len(agreement.Differ) > 0 {
		t.Errorf("%+v, %v", agreement, err)
	}
	answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "configmap", Namespace: "default", Name: "c"}})
	if err != nil || len(answers) != 1 || !strings.Contains(answers[0].Earlier, strings.Join(want, ", ")) {
		t.Errorf("%+v, %v", answers, err)
	}
}
