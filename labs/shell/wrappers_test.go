//go:build unix

package shell

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrappers: programs that look for kubectl in PATH find ours, before any other.
func TestWrappers(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "it's a path")
	if err := os.Symlink(self, linked); err != nil {
		t.Fatal(err)
	}
	sh := New(Options{Self: linked, Bin: filepath.Join(t.TempDir(), "new", "bin"), Environ: commonEnviron(t)})
	for line, want := range map[string]string{
		`echo a b | xargs kubectl delete`:     `kubectl ["delete" "a" "b"]`,
		`sh -c 'kubectl get "pods x"'`:        `kubectl ["get" "pods x"]`,
		`kubectl get`:                         `kubectl ["get"]`,
		`sh -c 'kubectl fail'; echo $?`:       "Error from server: denied\n1",
		`PATH=/nowhere kubectl env PATH`:      "PATH=/nowhere",
		`command -v kubectl | xargs basename`: "kubectl",
	} {
		_, out := run(t, sh, line)
		if strings.TrimSpace(out) != want {
			t.Errorf("%s: %q, want %q", line, out, want)
		}
	}
}

func TestWrappersCannotBeWritten(t *testing.T) {
	var out bytes.Buffer
	sh := New(Options{Bin: "/dev/null/bin"})
	exit, err := sh.Run(t.Context(), t.TempDir(), "true", nil, &out, &out)
	if exit != 1 || err == nil || !strings.HasPrefix(err.Error(), "write wrappers of commands: ") {
		t.Errorf("exit %d, error %v", exit, err)
	}
}
