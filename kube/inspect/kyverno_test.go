package inspect_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"podsec/engine"
	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// start starts a simulated cluster.
func start(t *testing.T, baseline sim.Baseline) (*sim.Cluster, *inspect.Cluster) {
	t.Helper()
	cluster, err := sim.Start(t.Context(), sim.Options{Start: baseline})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	reader, err := inspect.New(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	return cluster, reader
}

func apply(t *testing.T, cluster *sim.Cluster, manifest string) {
	t.Helper()
	objects, err := kube.Decode([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	applier, err := kube.NewApplier(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.Apply(t.Context(), objects...); err != nil {
		t.Fatal(err)
	}
}

// TestBare reads a cluster without Kyverno.
func TestBare(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{})
	t.Run("objects", func(t *testing.T) { testObject(t, cluster, reader) })
	t.Run("nothing to judge by", func(t *testing.T) { testWithoutKyverno(t, reader) })
	t.Run("kinds", func(t *testing.T) { testKindFor(t, reader) })
}

func testKindFor(t *testing.T, reader *inspect.Cluster) {
	resource := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	if kind, err := reader.KindFor(resource); err != nil || kind != resource.GroupVersion().WithKind("Deployment") {
		t.Errorf("kind: %v, %v", kind, err)
	}
	resource.Resource = "others"
	if kind, err := reader.KindFor(resource); err == nil {
		t.Errorf("kind of what is not there: %v", kind)
	}
}

func testWithoutKyverno(t *testing.T, reader *inspect.Cluster) {
	if _, err := reader.Policies(t.Context(), "default"); err == nil || !strings.Contains(err.Error(), "is Kyverno installed?") {
		t.Errorf("policies: %v", err)
	}
	if filters, err := reader.Filters(t.Context(), "kyverno"); err != nil || filters != nil {
		t.Errorf("filters: %v, %v", filters, err)
	}
	if found, err := reader.Exceptions(t.Context(), "kyverno"); err != nil || len(found) > 0 {
		t.Errorf("exceptions: %v, %v", found, err)
	}
	if labels, err := reader.NamespaceLabels(t.Context(), "none"); err != nil || labels != nil {
		t.Errorf("labels: %v, %v", labels, err)
	}
}

const objects = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: everywhere}
spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: m, deny: {}}}]}
---
apiVersion: kyverno.io/v1
kind: Policy
metadata: {name: here, namespace: default}
spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: m, deny: {}}}]}
---
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: let, namespace: default}
spec: {exceptions: [{policyName: everywhere, ruleNames: [r]}], match: {any: [{resources: {kinds: [Pod]}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
data: {a: b}
`

// TestKyverno reads a cluster with Kyverno.
func TestKyverno(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{Kyverno: true})
	apply(t, cluster, objects)
	t.Run("policies", func(t *testing.T) { testPolicies(t, reader) })
	t.Run("exceptions", func(t *testing.T) { testExceptions(t, cluster, reader) })
}

func testPolicies(t *testing.T, reader *inspect.Cluster) {
	ctx := t.Context()
	for namespace, want := range map[string][]string{"": {"everywhere"}, "default": {"everywhere", "here"}, "kube-system": {"everywhere"}} {
		found, err := reader.Policies(ctx, namespace)
		if err != nil || !slices.Equal(names(found), want) {
			t.Errorf("policies for %q: %v, %v", namespace, names(found), err)
		}
	}
	filters, err := reader.Filters(ctx, "kyverno")
	pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "namespace": "kube-system"}}}
	if filter, ok := filters.Match(&engine.Request{Object: pod}); err != nil || !ok || filter != "[*/*,kube-system,*]" {
		t.Errorf("filters: %s, %v", filter, err)
	}
	if config, err := reader.ConfigMap(ctx, "default", "c"); err != nil || config.Data["a"] != "b" {
		t.Errorf("ConfigMap: %v, %v", config, err)
	}
	if _, err := reader.ConfigMap(ctx, "default", "none"); err == nil || err.Error() != `configmaps "none" not found` {
		t.Errorf("ConfigMap: %v", err)
	}
	if data, err := reader.Call(ctx, "GET", "/api/v1/namespaces/default/configmaps/c", nil); err != nil || !strings.Contains(string(data), `"a":"b"`) {
		t.Errorf("call: %s, %v", data, err)
	}
	if _, err := reader.Call(ctx, "POST", "/api/v1/namespaces/default/configmaps", nil); err == nil {
		t.Error("asking why must not write")
	}
}

// testExceptions reads exceptions only as Kyverno takes them: when its arguments say so, and from where they say.
func testExceptions(t *testing.T, cluster *sim.Cluster, reader *inspect.Cluster) {
	for _, test := range []struct {
		args string
		want int
	}{
		{"--enablePolicyException=false", 0},
		{"--enablePolicyException=true", 0},
		{"--enablePolicyException=true --exceptionNamespace=kyverno", 0},
		{"--enablePolicyException=true --exceptionNamespace=default", 1},
		{"--enablePolicyException=true --exceptionNamespace=*", 1},
		{"--enablePolicyException=true --exceptionNamespace=default --enablePolicyException=false", 0},
	} {
		setArguments(t, cluster, strings.Fields(test.args))
		if found, err := reader.Exceptions(t.Context(), "kyverno"); err != nil || len(found) != test.want {
			t.Errorf("%s: %v, %v", test.args, names(found), err)
		}
	}
}

// setArguments replaces the arguments of Kyverno's admission controller, whose status the cluster changes meanwhile.
func setArguments(t *testing.T, cluster *sim.Cluster, args []string) {
	t.Helper()
	client, err := dynamic.NewForConfig(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	patch, err := json.Marshal([]map[string]any{{"op": "add", "path": "/spec/template/spec/containers/0/args", "value": args}})
	if err != nil {
		t.Fatal(err)
	}
	deployments := client.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace("kyverno")
	if _, err := deployments.Patch(t.Context(), "kyverno-admission-controller", types.JSONPatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

func names(objects []*unstructured.Unstructured) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.GetName())
	}
	return out
}
