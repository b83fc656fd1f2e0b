package fix_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/document"
	"podsec/engine/fix"
	"podsec/engine/why"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata")

// TestCases looks for a fix of resource.yaml under policy.yaml, for every case of testdata, and compares what is
// proposed and the edited text. namespace.yaml are the labels of the namespace.
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
			found := find(t, archive)
			got := map[string]string{"want": text(t, found), "fixed.yaml": found.YAML}
			if *update {
				write(t, file, archive, got)
				return
			}
			for name, text := range got {
				if diff := cmp.Diff(section(archive, name), text); diff != "" {
					t.Errorf("%s: -want +got:\n%s", name, diff)
				}
			}
		})
	}
}

// find looks for a fix and holds it to its promises: the patch makes of the resource what the edited text says, and a
// proven fix leaves nothing that fails.
func find(t *testing.T, archive *txtar.Archive) *fix.Fix {
	t.Helper()
	judge := newJudge(t, archive)
	d := parse(t, "resource.yaml", section(archive, "resource.yaml"))[0]
	found, err := fix.Find(t.Context(), judge, d)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Patch) == 0 {
		return found
	}
	edited := parse(t, "fixed.yaml", found.YAML)[0]
	if diff := cmp.Diff(patched(t, d.Object, found), edited.Object.Object); diff != "" {
		t.Errorf("the patch and the text differ (-patch +text):\n%s", diff)
	}
	after := judge(t.Context(), edited)
	if failed := len(after.Failed("")) > 0; failed == found.Proven {
		t.Errorf("proven is %t, but the edited text says: %+v", found.Proven, after.Failed(""))
	}
	return found
}

func newJudge(t *testing.T, archive *txtar.Archive) fix.Judge {
	t.Helper()
	explainer, err := why.New(why.Options{Policies: parse(t, "policy.yaml", section(archive, "policy.yaml"))})
	if err != nil {
		t.Fatal(err)
	}
	var request why.Request
	if labels := section(archive, "namespace.yaml"); labels != "" {
		request.KnowsNamespace = true
		if err := yaml.Unmarshal([]byte(labels), &request.Namespace); err != nil {
			t.Fatal(err)
		}
	}
	return func(ctx context.Context, d *document.Document) *why.Explanation {
		return explainer.Explain(ctx, d, request)
	}
}

// patched applies the JSON patch to the object, with a library that knows nothing of ours.
func patched(t *testing.T, object *unstructured.Unstructured, found *fix.Fix) map[string]any {
	t.Helper()
	before, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	operations, err := found.PatchJSON()
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonpatch.DecodePatch([]byte(operations))
	if err != nil {
		t.Fatal(err)
	}
	after, err := decoded.Apply(before)
	if err != nil {
		t.Fatalf("apply %s: %v", operations, err)
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(after); err != nil {
		t.Fatal(err)
	}
	return out.Object
}

func text(t *testing.T, f *fix.Fix) string {
	t.Helper()
	var out strings.Builder
	if err := f.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func parse(t *testing.T, name, text string) []*document.Document {
	t.Helper()
	documents, err := document.Parse(name, []byte(text))
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

func write(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	var files []txtar.File
	for _, f := range archive.Files {
		if _, ok := got[f.Name]; !ok {
			files = append(files, f)
		}
	}
	files = append(files, txtar.File{Name: "want", Data: []byte(got["want"])}, txtar.File{Name: "fixed.yaml", Data: []byte(got["fixed.yaml"])})
	archive.Files = files
	if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
