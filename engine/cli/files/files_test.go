package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestResources decodes documents, fills in namespaces and empty maps.
func TestResources(t *testing.T) {
	for name, test := range map[string]struct {
		yaml string
		want []string // namespace/name, or the error
	}{
		"namespaced":      {"{apiVersion: v1, kind: Pod, metadata: {name: a}}", []string{"default/a"}},
		"own namespace":   {"{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b}}", []string{"b/a"}},
		"cluster scoped":  {"{apiVersion: v1, kind: Namespace, metadata: {name: a}}", []string{"/a"}},
		"same kind name":  {"{apiVersion: example.com/v1, kind: Node, metadata: {name: a}}", []string{"default/a"}},
		"comments only":   {"# nothing\n---\n\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n# end", []string{"default/a"}},
		"several":         {"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b}}", []string{"default/a", "default/b"}},
		"no kind":         {"{metadata: {name: a}}", []string{"error r.yaml:1:1: this is not a Kubernetes object: Object 'Kind' is missing"}},
		"not YAML at all": {"\ta: b", []string{"error r.yaml:1:1: this is not YAML: found character that cannot start any token"}},
		"the second":      {"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n# b\n- c", []string{"error r.yaml:4:1: this is not an object"}},
	} {
		t.Run(name, func(t *testing.T) {
			resources, err := Resources("r.yaml", []byte(test.yaml))
			var got []string
			for _, r := range resources {
				got = append(got, r.GetNamespace()+"/"+r.GetName())
			}
			if err != nil {
				got = []string{"error " + err.Error()}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("resources differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFillMaps makes maps of keys without a value.
func TestFillMaps(t *testing.T) {
	resources, err := Resources("r.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\nspec:\n  containers:\n  - env:\n    data:"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "a", "namespace": "default", "labels": map[string]any{}},
		"spec":     map[string]any{"containers": []any{map[string]any{"env": nil, "data": map[string]any{}}}},
	}
	if diff := cmp.Diff(want, resources[0].Object); diff != "" {
		t.Errorf("object differs (-want +got):\n%s", diff)
	}
}

const policy = "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: %}, spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}]}}"

// TestPolicies sorts the policies of folders by what they are.
func TestPolicies(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", strings.ReplaceAll(policy, "%", "a")+"\n---\n{apiVersion: kyverno.io/v2, kind: PolicyException, metadata: {name: x}}")
	write("deeper/b.yml", strings.ReplaceAll(policy, "%", "b"))
	write("deeper/notes.txt", "nothing")
	write(".hidden/c.yaml", strings.ReplaceAll(policy, "%", "c"))
	write("list.yaml", "{apiVersion: v1, kind: List, items: ["+strings.ReplaceAll(policy, "%", "d")+", {apiVersion: v1, kind: Pod}]}")
	write("broken.yaml", "a: [")
	write("other.yaml", strings.Join([]string{
		"{apiVersion: policies.kyverno.io/v1, kind: NamespacedValidatingPolicy, metadata: {name: v}}",
		"{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: v}}",
		"{apiVersion: kyverno.io/v2, kind: CleanupPolicy, metadata: {name: v}}",
	}, "\n---\n"))
	found, err := (&Source{}).Policies([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range found.Kyverno {
		names = append(names, p.Name())
	}
	if diff := cmp.Diff([]string{"a", "b", "d"}, names); diff != "" {
		t.Errorf("policies differ (-want +got):\n%s", diff)
	}
	got := []int{found.Count(), len(found.CEL), len(found.Admission), len(found.Cleanup), len(found.Exceptions), len(found.Errors), len(found.Warnings)}
	if diff := cmp.Diff([]int{5, 1, 1, 1, 1, 2, 5}, got); diff != "" {
		t.Errorf("numbers differ (-want +got):\n%s\n%v", diff, found.Errors)
	}
}

// TestPoliciesRefused are files that end the command.
func TestPoliciesRefused(t *testing.T) {
	schema := func(object *unstructured.Unstructured) error {
		if _, ok := object.Object["extra"]; ok {
			return errors.New(`extra: Invalid value: value provided for unknown field`)
		}
		return errors.New("something else")
	}
	for name, test := range map[string]struct {
		yaml   string
		source Source
		want   string // in the error; empty for a note
	}{
		"no policy":     {"{apiVersion: v1, kind: Pod}", Source{}, "policy type not supported /v1, Kind=Pod"},
		"unknown kind":  {"{apiVersion: example.com/v1, kind: Gateway}", Source{Schema: func(*unstructured.Unstructured) error { return nil }}, ""},
		"unknown field": {"{apiVersion: kyverno.io/v1, kind: Policy, extra: 1}", Source{Schema: schema}, "unknown field"},
		"wrong value":   {"{apiVersion: kyverno.io/v1, kind: Policy}", Source{Schema: schema}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.source.Stdin = strings.NewReader(test.yaml)
			found, err := test.source.Policies([]string{"-"})
			if test.want == "" {
				if err != nil || len(found.Errors) != 1 {
					t.Errorf("got error %v, notes %v", err, found)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// TestFetch reads URLs only through the fetcher.
func TestFetch(t *testing.T) {
	source := Source{Fetch: func(url string) ([]byte, error) {
		if url == "https://example.com/a" {
			return []byte(strings.ReplaceAll(policy, "%", "a")), nil
		}
		return nil, errors.New("not there")
	}}
	if found, err := source.Policies([]string{"https://example.com/a"}); err != nil || len(found.Kyverno) != 1 {
		t.Errorf("found %v, error %v", found, err)
	}
	if _, err := source.Policies([]string{"https://example.com/b"}); err == nil || err.Error() != "failed to process https://example.com/b: not there" {
		t.Errorf("error is %v", err)
	}
	if _, err := (&Source{}).Read("https://example.com/a"); err == nil {
		t.Error("a URL was read without a fetcher")
	}
}
