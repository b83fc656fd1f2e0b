package kinds

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/api"
)

var update = flag.Bool("update", false, "write the golden parts of testdata/*.txtar")

// TestGolden takes each testdata/*.txtar through a write: the object of input.yaml (an update of old.yaml, if that is
// there) is defaulted, prepared and validated. The archive holds what must come out: stored.yaml, errors, warnings and
// the table row, wide columns after a bar. The documents of print.yaml are printed as they are.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("find cases: %v (%d)", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := write(t, archive)
	if *update {
		keep := archive.Files[:0]
		for _, f := range archive.Files {
			if f.Name == "input.yaml" || f.Name == "old.yaml" || f.Name == "print.yaml" {
				keep = append(keep, f)
			}
		}
		archive.Files = append(keep, got...)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, f := range got {
		want := section(archive, f.Name)
		if diff := cmp.Diff(string(want), string(f.Data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// write does to the archive's objects what the API server does, and returns the results in a fixed order.
func write(t *testing.T, archive *txtar.Archive) []txtar.File {
	t.Helper()
	if data := section(archive, "print.yaml"); data != nil {
		return []txtar.File{{Name: "table", Data: []byte(printed(t, string(data)))}}
	}
	k, obj := decode(t, section(archive, "input.yaml"))
	var old runtime.Object
	if data := section(archive, "old.yaml"); data != nil {
		_, old = decode(t, data)
		if k.Strategy.Default != nil {
			k.Strategy.Default(old)
		}
		k.Strategy.PrepareCreate(old)
		old.(object).SetResourceVersion("1")
		obj.(object).SetGeneration(old.(object).GetGeneration())
	}
	if k.Strategy.Default != nil {
		k.Strategy.Default(obj)
	}
	errs := prepare(k, obj, old, part(archive))
	var out []txtar.File
	add := func(name string, text string) {
		if text != "" {
			out = append(out, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	if len(errs) > 0 {
		add("errors", strings.Join(errs, "\n")+"\n")
		return out
	}
	stored, err := yaml.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	add("stored.yaml", string(stored))
	if k.Strategy.Warnings != nil {
		add("warnings", strings.Join(append(k.Strategy.Warnings(obj), ""), "\n"))
	}
	add("table", tableText(k, obj))
	return out
}

// printed prints documents without changing them.
func printed(t *testing.T, docs string) string {
	t.Helper()
	var out []string
	for _, doc := range strings.Split(docs, "\n---\n") {
		k, obj := decode(t, []byte(doc))
		out = append(out, tableText(k, obj))
	}
	return strings.Join(out, "\n")
}

// part is the subresource that a case is about: its first line begins with it, "/resize: …".
func part(archive *txtar.Archive) string {
	rest, ok := strings.CutPrefix(string(archive.Comment), "/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ":")
	return name
}

func prepare(k *api.Kind, obj, old runtime.Object, subresource string) []string {
	var out []string
	if old == nil {
		k.Strategy.PrepareCreate(obj)
		for _, err := range k.Strategy.Validate(obj) {
			out = append(out, err.Error())
		}
		return out
	}
	if k.Strategy.PrepareUpdate != nil {
		k.Strategy.PrepareUpdate(obj, old)
	}
	errs, ok := field.ErrorList(nil), false
	if k.Strategy.ValidatePart != nil {
		errs, ok = k.Strategy.ValidatePart(subresource, obj, old)
	}
	if !ok {
		errs = k.Strategy.ValidateUpdate(obj, old)
	}
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}

func decode(t *testing.T, data []byte) (*api.Kind, runtime.Object) {
	t.Helper()
	var head struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(data, &head); err != nil {
		t.Fatal(err)
	}
	for _, k := range All() {
		if k.GVK.Kind != head.Kind || k.GVK.GroupVersion().String() != head.APIVersion {
			continue
		}
		obj := k.New()
		if err := yaml.UnmarshalStrict(data, obj); err != nil {
			t.Fatal(err)
		}
		if k.Namespaced && obj.(object).GetNamespace() == "" {
			obj.(object).SetNamespace("default")
		}
		obj.(object).SetUID(types.UID("uid-of-" + obj.(object).GetName()))
		return k, obj
	}
	t.Fatalf("no kind %s %s", head.APIVersion, head.Kind)
	return nil, nil
}

func tableText(k *api.Kind, obj runtime.Object) string {
	var out bytes.Buffer
	cells := k.Table.Row(obj, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	bar := false
	for i, c := range k.Table.Columns {
		if c.Priority > 0 && !bar {
			bar = true
			fmt.Fprintln(&out, "---")
		}
		fmt.Fprintf(&out, "%s: %v\n", strings.ToUpper(c.Name), cells[i])
	}
	return out.String()
}
