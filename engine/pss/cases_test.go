package pss_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/pss"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestCases evaluates rule.yaml on resource.yaml of every file in testdata/cases and compares the message and the
// report properties.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, file) })
	}
}

func runCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	var rule pss.Rule
	if err := yaml.UnmarshalStrict([]byte(parts["rule.yaml"]), &rule); err != nil {
		t.Fatal(err)
	}
	result := evaluate(t, rule, parts["resource.yaml"])
	properties, err := yaml.Marshal(result.Properties())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"message": result.Message("r") + "\n", "properties": string(properties)}
	if *update {
		archive.Files = append(archive.Files[:2:2],
			txtar.File{Name: "message", Data: []byte(got["message"])},
			txtar.File{Name: "properties", Data: []byte(got["properties"])})
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for name, text := range got {
		if diff := cmp.Diff(parts[name], text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func evaluate(t *testing.T, rule pss.Rule, manifest string) pss.Result {
	t.Helper()
	resource := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &resource.Object); err != nil {
		t.Fatal(err)
	}
	meta, spec, prefix, err := pss.PodOf(resource)
	if err != nil {
		t.Fatal(err)
	}
	result, err := pss.Evaluate(rule, meta, spec, prefix)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
