package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
	"podsec/kube/sim"
)

const clusterObjects = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/warn: baseline}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: registries, namespace: shop}
data: {allowed: registry.example}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {hostNetwork: true, containers: [{name: web, image: registry.example/web}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: no-host}
spec:
  rules:
  - name: network
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {failureAction: Enforce, message: no host network, pattern: {spec: {=(hostNetwork): false}}}
---
apiVersion: kyverno.io/v1
kind: Policy
metadata: {name: own, namespace: shop}
spec:
  rules:
  - name: registry
    match: {any: [{resources: {kinds: [Pod]}}]}
    context: [{name: registries, configMap: {name: registries, namespace: shop}}]
    validate: {message: registry, pattern: {spec: {containers: [{image: "{{ registries.data.allowed }}/*"}]}}}
`

// TestWhyCluster asks about files under the policies of a cluster, and about what runs in it.
func TestWhyCluster(t *testing.T) {
	cluster, config := startCluster(t)
	t.Run("files", func(t *testing.T) { testFilesOnCluster(t, config) })
	t.Run("objects", func(t *testing.T) { testObjectsOfCluster(t, cluster, config) })
	t.Run("not judged", func(t *testing.T) { testUnjudgedOfCluster(t, cluster, config) })
}

// testUnjudgedOfCluster: a policy that is not explained is named to those about whose namespace it decides.
func testUnjudgedOfCluster(t *testing.T, cluster *sim.Cluster, config string) {
	objects, err := kube.Decode([]byte(`
apiVersion: policies.kyverno.io/v1
kind: NamespacedValidatingPolicy
metadata: {name: has-data, namespace: shop}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations: [{expression: has(object.data)}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: registries, namespace: default}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(t.Context(), cluster, objects); err != nil {
		t.Fatal(err)
	}
	const note = "Not judged here, though they decide too: NamespacedValidatingPolicy shop/has-data.\n"
	for namespace, want := range map[string]bool{"shop": true, "default": false} {
		if status, text := runWhy(t, "configmap/registries", "-n", namespace, "--kubeconfig", config); status != 0 || strings.Contains(text, note) != want {
			t.Errorf("%s: status %d\n%s", namespace, status, text)
		}
	}
}

// testObjectsOfCluster asks about an object, of which a cluster knows more than files do: policies of the namespace,
// ConfigMaps, the labels of the namespace, resource filters.
func testObjectsOfCluster(t *testing.T, cluster *sim.Cluster, config string) {
	status, text := runWhy(t, "deploy/web", "-n", "shop", "--fix", "--kubeconfig", config)
	for _, want := range []string{
		"Deployment shop/web, CREATE as if it were new\n",
		"no-host/autogen-network  fails, blocks the request (spec.rules[0])\n",
		"found true, wanted false (spec.rules[0].validate.pattern.spec.=(hostNetwork))\n",
		"shop/own/autogen-registry  passes",
		"warn baseline:latest  warns",
		"resource Deployment/shop/web was blocked due to the following policies",
		"Fix: judged again with these changes, every rule passes",
		`kubectl patch deployment web -n shop --type=json -p '[{"op":"replace","path":"/spec/template/spec/hostNetwork","value":false}]'`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if status != 1 {
		t.Errorf("status %d", status)
	}
	if status, text := runWhy(t, "deployment/web", "-n", "shop", "--fix", "-o", "yaml", "--kubeconfig", config); status != 1 || !applies(t, cluster, text) {
		t.Errorf("status %d; the cluster does not accept the fix:\n%s", status, text)
	}
	if status, text := runWhy(t, "deployments.apps/web", "-n", "shop", "--kubeconfig", config); status != 0 {
		t.Errorf("after the fix: status %d\n%s", status, text)
	}
}

// testFilesOnCluster asks about files under the policies of a cluster.
func testFilesOnCluster(t *testing.T, config string) {
	file := filepath.Join(t.TempDir(), "pod.yaml")
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {hostNetwork: true, containers: [{name: web, image: web}]}\n"
	if err := os.WriteFile(file, []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-n", "shop"}, 1, "shop/own/registry  fails, is only reported"},
		{[]string{"-n", "kube-system"}, 0, "resource filter [*/*,kube-system,*]"},
		{[]string{"nothing/x"}, 2, `the cluster serves no resource type "nothing"`},
		{[]string{"pod/none", "-n", "shop"}, 2, `pods "none" not found`},
		{[]string{"web", "-n", "shop"}, 2, `want TYPE/NAME`},
	} {
		args := append(test.args, "--kubeconfig", config, "-f", file)
		if status, text := runWhy(t, args...); status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%v: status %d, want %d with %q:\n%s", test.args, status, test.status, test.want, text)
		}
	}
}

// startCluster starts a simulated cluster with Kyverno and the objects above, and returns its kubeconfig.
func startCluster(t *testing.T) (*sim.Cluster, string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "kubeconfig")
	cluster, err := sim.Start(t.Context(), sim.Options{Kubeconfig: config, Start: sim.Baseline{Kyverno: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	objects, err := kube.Decode([]byte(clusterObjects))
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(t.Context(), cluster, objects); err != nil {
		t.Fatal(err)
	}
	return cluster, config
}

func apply(ctx context.Context, cluster *sim.Cluster, objects []*unstructured.Unstructured) error {
	applier, err := kube.NewApplier(cluster.Config())
	if err != nil {
		return err
	}
	return applier.Apply(ctx, objects...)
}

// applies says whether the cluster takes a manifest.
func applies(t *testing.T, cluster *sim.Cluster, manifest string) bool {
	t.Helper()
	objects, err := kube.Decode([]byte(manifest))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%v in\n%s", err, manifest)
	}
	if err := apply(t.Context(), cluster, objects); err != nil {
		t.Log(err)
		return false
	}
	return true
}
