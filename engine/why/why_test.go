package why_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/why"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata")

// TestCases explains resource.yaml of every case in testdata under policy.yaml and compares the text. request.yaml (see
// options), old.yaml and exception.yaml may be left out.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := explain(t, archive)
			if *update {
				write(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(section(archive, "want"), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// options is request.yaml.
type options struct {
	Operation engine.Operation  `json:"operation"`
	Namespace map[string]string `json:"namespace"`
	Filters   string            `json:"filters"`
	Username  string            `json:"username"`
}

func explain(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	var o options
	if err := yaml.UnmarshalStrict([]byte(section(archive, "request.yaml")), &o); err != nil {
		t.Fatal(err)
	}
	explainer, err := why.New(why.Options{
		Engine:   engine.Options{Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }, Exceptions: exceptions(parse(t, archive, "exception.yaml"))},
		Policies: parse(t, archive, "policy.yaml"), Filters: engine.ParseResourceFilters(o.Filters),
	})
	if err != nil {
		return err.Error() + "\n"
	}
	request := why.Request{Operation: o.Operation, Namespace: o.Namespace, KnowsNamespace: o.Namespace != nil}
	request.User.Username = o.Username
	if old := parse(t, archive, "old.yaml"); len(old) > 0 {
		request.Old = old[0].Object
	}
	var out strings.Builder
	for _, d := range parse(t, archive, "resource.yaml") {
		if err := explainer.Explain(t.Context(), d, request).WriteText(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// exceptions is an engine.ExceptionLister.
type exceptions []*document.Document

func (x exceptions) Exceptions() []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, d := range x {
		out = append(out, d.Object)
	}
	return out
}

func parse(t *testing.T, archive *txtar.Archive, name string) []*document.Document {
	t.Helper()
	documents, err := document.Parse(name, []byte(section(archive, name)))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func write(t *testing.T, file string, archive *txtar.Archive, want string) {
	t.Helper()
	var files []txtar.File
	for _, f := range archive.Files {
		if f.Name != "want" {
			files = append(files, f)
		}
	}
	archive.Files = append(files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
