package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFiles runs the whole conversion on a chart of three objects.
func TestFiles(t *testing.T) {
	const rendered = `---
# a comment only
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, labels: {app.kubernetes.io/version: latest}, annotations: {}}
spec:
  replicas: null
  template:
    metadata: {labels: {app.kubernetes.io/version: latest}}
    spec: {containers: [{name: c, image: "registry.example/one:latest"}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: ns, labels: {app.kubernetes.io/version: latest}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com, labels: {app.kubernetes.io/version: latest}}
spec: {scope: Cluster}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: bare.example.com, labels: {}}
spec: {group: example.com}
`
	release := Release{App: "v1", Chart: "2"}
	files, err := Files([]byte(rendered), release)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, data := range files {
		got[name] = unpack(t, data)
	}
	const set = `{"app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/version":"2","helm.sh/chart":"kyverno-2"}`
	want := map[string]string{
		"crds/bare.example.com.json.gz": `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"bare.example.com"}}` + "\n" + `{"group":"example.com"}`,
		"crds/things.example.com.json.gz": `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"labels":` +
			`{"app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/version":"2","helm.sh/chart":"crds-2"},"name":"things.example.com"}}` + "\n" + `{"scope":"Cluster"}`,
		"manifests.json.gz": `[{"apiVersion":"v1","kind":"Namespace","metadata":{"labels":{"name":"ns"},"name":"ns"}},` +
			`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":` + set + `,"name":"one"},"spec":{"template":{"metadata":{"labels":` + set + `},` +
			`"spec":{"containers":[{"image":"registry.example/one:v1","name":"c"}]}}}}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesRefusesBrokenYAML(t *testing.T) {
	if _, err := Files([]byte("kind: [\n"), Release{}); err == nil || !strings.Contains(err.Error(), "decode a document") {
		t.Errorf("error is %v", err)
	}
}

// TestUpToDate fails when go.mod names another Kyverno than the one the data was made from: run go generate then.
func TestUpToDate(t *testing.T) {
	source, err := findModule()
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := os.ReadFile(filepath.Join(source.dir, "config", "install-latest-testing.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(rendered, source.release)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "chart", name))
		if err != nil {
			t.Error(err)
		} else if unpack(t, got) != unpack(t, want) {
			t.Errorf("%s is out of date", name)
		}
	}
}
