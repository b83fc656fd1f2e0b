package yaml

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
	library "github.com/alecthomas/chroma/v2/lexers"
	"github.com/google/go-cmp/cmp"

	"podsec/assets"
)

// TestLexersAreTheLibrarys: the copies in this folder make of a text what the library's own lexers make of it.
func TestLexersAreTheLibrarys(t *testing.T) {
	sources := map[string][]string{
		"console": {"$ kubectl get pods -A | grep \"web\"\nNAME  READY\nweb   1/1\n# whoami\nroot\n", "% ls\n"},
		"sh":      {"for f in *.yaml; do\n  kubectl apply -f \"$f\" --dry-run=server # first\ndone\nA=$(cat x) && echo ${A:-none}\n"},
		"json":    {`{"kind": "Pod", "spec": {"hostPID": true, "containers": [{"ports": [80, 1.5e3, null]}]}}`, "[1, // no\n2]"},
		"diff":    {"diff -u a b\n--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n1c1\n< a\n---\n> b\n"},
		"yaml":    manifests(t),
	}
	for alias, same := range map[string]string{"yml": "yaml", "bash": "sh", "shell": "sh", "shell-session": "console"} {
		sources[alias] = sources[same][:1]
	}
	for language, texts := range sources {
		for _, source := range texts {
			want, got := tokens(t, library.Get(language), source), tokens(t, lexers().Get(language), source)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-library's +ours):\n%s", language, diff)
			}
		}
	}
}

// manifests are those of the labs, in a short run those of their solutions.
func manifests(t *testing.T) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(assets.Labs(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" || testing.Short() && !strings.Contains(name, "/solutions/") {
			return err
		}
		b, err := fs.ReadFile(assets.Labs(), name)
		out = append(out, string(b))
		return err
	})
	if err != nil || len(out) < 10 {
		t.Fatalf("%d manifests, error %v", len(out), err)
	}
	return out
}

func tokens(t *testing.T, lexer chroma.Lexer, source string) []chroma.Token {
	t.Helper()
	if lexer == nil {
		t.Fatal("there is no lexer")
	}
	found, err := chroma.Tokenise(lexer, nil, source)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
