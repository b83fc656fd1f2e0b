package apply_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/cli/apply"
)

const policies = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: labels}
spec:
  rules:
  - name: owner
    match: {any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {checked: "yes"}}}}]}
    context: [{name: names, apiCall: {urlPath: "/api/v1/namespaces/{{request.namespace}}/pods", jmesPath: "items[].metadata.name"}}]
    validate:
      message: "no owner among {{ names }}"
      pattern: {metadata: {labels: {owner: "?*"}}}
`

// cluster is a fake cluster.
type cluster struct {
	asked []string // kinds, namespace
	fails error
}

func (c *cluster) Resources(_ context.Context, kinds []string, namespace string, clusterWide bool) ([]*unstructured.Unstructured, error) {
	c.asked = append(slices.Clone(kinds), namespace)
	if clusterWide {
		return nil, c.fails
	}
	var pods []*unstructured.Unstructured
	for _, name := range []string{"a", "b"} {
		pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": map[string]any{}}}
		pod.SetNamespace("shop")
		pod.SetName(name)
		pods = append(pods, pod)
	}
	pods[0].SetLabels(map[string]string{"owner": "me"})
	return pods, c.fails
}

func (c *cluster) KindFor(resource schema.GroupVersionResource) (schema.GroupVersionKind, error) {
	if resource.Resource != "pods" {
		return schema.GroupVersionKind{}, errors.New("no such resource")
	}
	return resource.GroupVersion().WithKind("Pod"), nil
}

func (c *cluster) NamespaceLabels(_ context.Context, name string) (map[string]string, error) {
	return map[string]string{"checked": "yes", "name": name}, nil
}

func (c *cluster) Call(_ context.Context, method, path string, _ []byte) ([]byte, error) {
	switch method + " " + path {
	case "GET /api/v1/namespaces/shop/pods":
		return []byte(`{"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}`), nil
	case "GET /apis/example.org/v1/namespaces/shop/lists?labelSelector=for%3Dpods":
		return []byte(`{"kind": "ListList", "items": [{"owner": "a"}]}`), nil
	case "GET /api/v1/namespaces/shop/configmaps/owners":
		return []byte(`{"kind": "ConfigMap", "data": {"b": "none"}}`), nil
	}
	return nil, errors.New("unexpected call of " + path)
}

// run runs the command on a policy and a cluster.
func run(t *testing.T, c *cluster, args ...string) (string, error) {
	t.Helper()
	return runOn(t, policies, c, args...)
}

// runOn runs the command on other policies.
func runOn(t *testing.T, policies string, c *cluster, args ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(policies), 0o644); err != nil {
		t.Fatal(err)
	}
	command := apply.New(apply.Options{Connect: func(_ context.Context, kubeconfig, kubecontext string) (apply.Cluster, error) {
		if kubeconfig+kubecontext != "filetest" {
			return nil, errors.New("wrong cluster")
		}
		return c, nil
	}})
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs(append([]string{file, "--cluster", "--kubeconfig", "file", "--context", "test"}, args...))
	err := command.ExecuteContext(context.Background())
	return out.String(), err
}

// TestCluster lists from the cluster what the policies are about, and looks up there what rules ask for.
func TestCluster(t *testing.T) {
	c := &cluster{}
	out, err := run(t, c, "-n", "shop")
	if err == nil || err.Error() != "exit as there are policy violations" {
		t.Errorf("error is %v", err)
	}
	if diff := cmp.Diff([]string{"Pod", "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet",
		"batch/v1/CronJob", "batch/v1/Job", "v1/ReplicationController", "shop"}, c.asked); diff != "" {
		t.Errorf("asked for something else (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"policy labels -> resource shop/Pod/b failed:\n1 - owner validation error: no owner among [\"a\",\"b\"]. rule owner failed at path /metadata/labels/\n",
		"pass: 1, fail: 1, warn: 0, error: 0, skip: 0",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("output has no %q:\n%s", want, out)
		}
	}
}

// TestClusterCEL lists what policies without rules are about, and looks up what their expressions ask for.
func TestClusterCEL(t *testing.T) {
	const spec = `
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods, others, pods/exec, "*"]}]}
  validations:
  - {expression: "resource.List('example.org/v1', 'lists', 'shop', {'for': 'pods'}).items[0].owner == object.metadata.name || resource.Get('v1', 'configmaps', 'shop', 'owners').data[object.metadata.name] != 'none'", message: no owner}
`
	for kind, want := range map[string][]string{"ValidatingPolicy": {"v1/Pod", "shop"}, "NamespacedValidatingPolicy": {"shop"}} {
		c := &cluster{}
		out, err := runOn(t, "apiVersion: policies.kyverno.io/v1\nkind: "+kind+"\nmetadata: {name: owned}\nspec:"+spec, c, "-n", "shop")
		if err == nil || err.Error() != "exit as there are policy violations" {
			t.Errorf("%s: error is %v", kind, err)
		}
		if diff := cmp.Diff(want, c.asked); diff != "" {
			t.Errorf("%s: asked for something else (-want +got):\n%s", kind, diff)
		}
		if !strings.Contains(out, "resource shop/Pod/b failed:\n1 -  no owner\n\npass: 1, fail: 1, warn: 0, error: 0, skip: 0") {
			t.Errorf("%s: got:\n%s", kind, out)
		}
	}
	c := &cluster{}
	out, _ := runOn(t, "apiVersion: kyverno.io/v2\nkind: ClusterCleanupPolicy\nmetadata: {name: c}\nspec: {schedule: '0 1 * * *', match: {any: [{resources: {kinds: [Pod]}}]}}", c)
	if diff := cmp.Diff([]string{"Pod", ""}, c.asked); diff != "" || !strings.Contains(out, "pass: 2") {
		t.Errorf("asked for something else (-want +got):\n%s\n%s", diff, out)
	}
}

// TestClusterNames chooses resources by name.
func TestClusterNames(t *testing.T) {
	if out, err := run(t, &cluster{}, "--resource", "a"); err != nil || !strings.Contains(out, "to 1 resource(s)") {
		t.Errorf("error is %v, output:\n%s", err, out)
	}
	out, err := run(t, &cluster{}, "--resource", "none")
	if err == nil || err.Error() != "failed to load resources (none not found in cluster)" || !strings.Contains(out, "resource none not found in cluster") {
		t.Errorf("error is %v, output:\n%s", err, out)
	}
	if out, err := run(t, &cluster{}, "--cluster-wide-resources"); err != nil || !strings.Contains(out, "to 0 resource(s)") {
		t.Errorf("error is %v, output:\n%s", err, out)
	}
	if _, err := run(t, &cluster{fails: errors.New("no rights")}); err == nil || err.Error() != "failed to load resources (no rights)" {
		t.Errorf("error is %v", err)
	}
}
