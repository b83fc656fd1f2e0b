package process

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func world() World {
	object := func(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
		o.SetNamespace(namespace)
		o.SetName(name)
		return o
	}
	labelled := object("v1", "Namespace", "", "shop")
	labelled.SetLabels(map[string]string{"team": "red"})
	return World{
		object("v1", "ConfigMap", "shop", "settings"), object("v1", "ConfigMap", "default", "settings"),
		object("apps/v1", "Deployment", "shop", "web"), labelled,
	}
}

// TestCall answers paths of the Kubernetes API.
func TestCall(t *testing.T) {
	for name, test := range map[string]struct {
		method, path string
		want         string // names, or the error
	}{
		"one":                {"GET", "/api/v1/namespaces/shop/configmaps/settings", "settings"},
		"a list":             {"GET", "/api/v1/namespaces/shop/configmaps", "ConfigMapList settings"},
		"of all namespaces":  {"GET", "/api/v1/configmaps", "ConfigMapList settings settings"},
		"of a group":         {"GET", "/apis/apps/v1/namespaces/shop/deployments/web", "web"},
		"nothing":            {"GET", "/apis/apps/v1/statefulsets", "List"},
		"not there":          {"GET", "/api/v1/namespaces/shop/configmaps/none", `error failed to get resource v1/configmaps/none: configmaps "none" not found`},
		"no resource":        {"GET", "/api/v1", "error failed to parse path: /api/v1"},
		"a namespace itself": {"GET", "/api/v1/namespaces/shop", "error failed to parse path: /api/v1/namespaces/shop"},
		"a post":             {"POST", "/api/v1/pods", "error method POST not supported for fake client"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := world().Call(context.Background(), test.method, test.path, nil)
			if got := summary(data, err); got != test.want {
				t.Errorf("answer is %q, want %q", got, test.want)
			}
		})
	}
}

func summary(data []byte, err error) string {
	if err != nil {
		return "error " + err.Error()
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return err.Error()
	}
	u := unstructured.Unstructured{Object: object}
	if !u.IsList() {
		return u.GetName()
	}
	words := []string{u.GetKind()}
	list, err := u.ToList()
	if err != nil {
		return err.Error()
	}
	for _, item := range list.Items {
		words = append(words, item.GetName())
	}
	return strings.Join(words, " ")
}

// TestNamespaces finds the labels of namespaces.
func TestNamespaces(t *testing.T) {
	labels, err := world().NamespaceLabels(context.Background(), "shop")
	if diff := cmp.Diff(map[string]string{"team": "red"}, labels); diff != "" || err != nil {
		t.Errorf("labels differ (-want +got), error %v:\n%s", err, diff)
	}
	if _, err := world().NamespaceLabels(context.Background(), "none"); err == nil {
		t.Error("a namespace that is not there has labels")
	}
	if _, err := world().ConfigMap(context.Background(), "shop", "none"); err == nil {
		t.Error("a ConfigMap that is not there was found")
	}
}

// TestGlobalContext lists resources for the entries among them.
func TestGlobalContext(t *testing.T) {
	entry := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kyverno.io/v2", "kind": "GlobalContextEntry", "metadata": map[string]any{"name": "maps"},
		"spec": map[string]any{
			"kubernetesResource": map[string]any{"group": "", "version": "v1", "resource": "configmaps", "namespace": "shop"},
			"projections":        []any{map[string]any{"name": "count", "jmesPath": "length(@)"}},
		},
	}}
	rest, entries, err := TakeGlobalContext(append(world(), entry))
	if err != nil || len(rest) != len(world()) {
		t.Fatalf("%d resources are left, error %v", len(rest), err)
	}
	if all, err := entries.GlobalContext("maps", ""); err != nil || len(all.([]any)) != 1 {
		t.Errorf("entry is %v, error %v", all, err)
	}
	if count, err := entries.GlobalContext("maps", "count"); err != nil || count != 1.0 {
		t.Errorf("projection is %v, error %v", count, err)
	}
	for _, wrong := range [][2]string{{"none", ""}, {"maps", "none"}} {
		if _, err := entries.GlobalContext(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v has data", wrong)
		}
	}
}
