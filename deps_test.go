package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rule says which packages of this module may not import what. Prefixes end at a slash or at the end of the path.
type rule struct {
	what string   // import path prefix
	only []string // folders that may import it; "." is the top level
	why  string
}

func rules() []rule {
	return []rule{
		{what: "charm.land", only: []string{"tui"}, why: "the terminal is tui's business alone"},
		{what: "k8s.io/kubectl", only: []string{"kube/kubectl"}, why: "kubectl's start-up cost is paid only where kubectl runs"},
		{what: "github.com/alecthomas/chroma/v2/lexers", why: "every process would read 270 lexers at its start"},
		{what: "github.com/kyverno/kyverno", only: []string{"engine"}, why: "Kyverno's own packages are wrapped by the engine"},
		{what: "podsec/tui", only: []string{".", "tui"}, why: "nothing below knows the terminal app"},
		{what: "podsec/labs", only: []string{".", "tui", "labs"}, why: "the cluster side knows no labs"},
		{what: "podsec/kube/sim", only: []string{".", "kube/sim", "kube/cli", "labs/venue"}, why: "a cluster is a *rest.Config: who uses one must not know which"},
		{what: "podsec/kube", only: []string{".", "tui", "labs", "kube"}, why: "the engine is pure"},
		{what: "k8s.io/client-go", only: []string{".", "tui", "labs", "kube"}, why: "the engine does no I/O"},
		{what: "net/http", only: []string{".", "labs", "kube"}, why: "the engine does no I/O"},
		{what: "os/signal", only: []string{"."}, why: "who takes signals for itself keeps the second one from ending what does not heed the first"},
		{what: "podsec", only: []string{".", "tui", "labs", "kube", "engine"}, why: "assets are data"},
	}
}

// TestDependencies keeps the direction main → tui → labs → kube, engine; kube/sim → engine; assets → nothing.
func TestDependencies(t *testing.T) {
	for file, imports := range sources(t) {
		folder := path.Dir(file)
		for _, r := range rules() {
			for _, imported := range imports {
				if within(imported, r.what) && !anyWithin(folder, r.only) {
					t.Errorf("%s imports %s: %s", file, imported, r.why)
				}
			}
		}
	}
}

// sources maps every Go file of the module that is not a test to what it imports.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || len(entry.Name()) > 1 && entry.Name()[0] == '.'):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[filepath.ToSlash(name)] = append(found[filepath.ToSlash(name)], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("found only %d source files", len(found))
	}
	return found
}

func anyWithin(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if within(name, prefix) {
			return true
		}
	}
	return false
}

// within says whether a slash-separated path is prefix or lies below it; "." is only itself.
func within(name, prefix string) bool {
	return name == prefix || prefix != "." && strings.HasPrefix(name, prefix+"/")
}
