package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

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
kind: Namespace
metadata: {name: other}
`)
	for _, name := range []string{"default", "other"} {
		apply(t, cluster, strings.ReplaceAll(`
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: NAME}
data: {a: b}
`, "NAME", name))
	}
	want := []inspect.Ref{{Kind: "ValidatingPolicy", Name: "require-team"}, {Kind: "NamespacedMutatingPolicy", Namespace: "default", Name: "add-tier"}}
	if got, err := reader.Unjudged(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if found, err := reader.Policies(t.Context(), ""); err != nil || len(found) > 0 {
		t.Errorf("policies: %v, %v", found, err)
	}
	agreement, err := reader.Compare(t.Context())
	if names := []string{"ValidatingPolicy require-team", "NamespacedMutatingPolicy default/add-tier"}; err != nil || !slices.Equal(agreement.Unjudged, names) || len(agreement.Differ) > 0 {
		t.Errorf("%+v, %v", agreement, err)
	}
	for namespace, note := range map[string]string{
		"default": "Not judged here, though they decide too: ValidatingPolicy require-team, NamespacedMutatingPolicy default/add-tier.",
		"other":   "Not judged here, though they decide too: ValidatingPolicy require-team.",
	} {
		answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "configmap", Namespace: namespace, Name: "c"}})
		if err != nil || len(answers) != 1 || answers[0].Earlier != note {
			t.Errorf("%s: %+v, %v", namespace, answers, err)
		}
	}
	answers, err := reader.Explain(t.Context(), inspect.Question{
		Command: "kubectl -n other apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\nEOF",
		Printed: "The ConfigMap \"new\" is invalid: data: nothing\n",
	})
	if err != nil || len(answers) != 1 || !strings.Contains(answers[0].Earlier, "ValidatingPolicy require-team. The API server refused it when") {
		t.Errorf("%+v, %v", answers, err)
	}
	t.Run("forbidden", func(t *testing.T) { testUnjudgedForbidden(t, cluster) })
}

// testUnjudgedForbidden: who may read the objects and not these policies is answered all the same.
func testUnjudgedForbidden(t *testing.T, cluster *sim.Cluster) {
	apply(t, cluster, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reads}
rules: [{apiGroups: ["", apps, kyverno.io], resources: ["*"], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reads}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: classic}
spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Secret]}}]}, validate: {message: m, pattern: {data: {a: b}}}}]}
`)
	config := rest.CopyConfig(cluster.Config())
	config.Impersonate.UserName = "jane"
	reader, err := inspect.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := reader.Deciders(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "configmap", Namespace: "other", Name: "c"}})
	if err != nil || len(answers) != 1 || answers[0].Earlier != "" {
		t.Errorf("%+v, %v", answers, err)
	}
}
