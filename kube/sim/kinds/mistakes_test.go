package kinds

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/types"
)

// TestMistakes gives each NAME.yaml of testdata/mistakes to its kind as a new object. What must come out is the file
// NAME beside it, which a real server said: errors, or else warnings; without one the object is as it should be.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("find cases: %v (%d)", err, len(files))
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if name, ok := strings.CutSuffix(f.Name, ".yaml"); ok {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+name, func(t *testing.T) {
					want := strings.TrimSpace(string(section(archive, name)))
					if diff := cmp.Diff(want, strings.Join(mistake(t, f.Data), "\n")); diff != "" {
						t.Errorf("(-real +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// mistake is what the kind says to a new object.
func mistake(t *testing.T, data []byte) []string {
	t.Helper()
	k, obj := decode(t, data)
	obj.(object).SetUID(types.UID("UID"))
	if k.Strategy.Default != nil {
		k.Strategy.Default(obj)
	}
	k.Strategy.PrepareCreate(obj)
	var out []string
	for _, err := range k.Strategy.Validate(obj) {
		out = append(out, err.Error())
	}
	if len(out) > 0 || k.Strategy.Warnings == nil {
		return out
	}
	for _, warning := range k.Strategy.Warnings(obj) {
		out = append(out, "Warning: "+warning)
	}
	return out
}
