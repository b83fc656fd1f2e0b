//go:build unix

package shell

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"podsec/labs"
)

var _ labs.Consoler = (*Shell)(nil)

// TestConsole types lines one after the other; each line's outcome is what it printed and its status, if that is not 0.
func TestConsole(t *testing.T) {
	tests := map[string][]struct{ line, want string }{
		"folder": {
			{"mkdir -p sub/deep && cd sub", ""},
			{"pwd | sed 's:.*/::'", "sub\n"},
			{"cd deep; cd nowhere", "cd: no such file or directory: \"nowhere\"\n1"},
			{"basename $PWD", "deep\n"},
			{"(cd /); basename $PWD", "deep\n"},
			{"cd -  >/dev/null; basename $PWD", "sub\n"},
		},
		"variables": {
			{"ns=ui", ""},
			{"export KUBE_EDITOR=vi; echo $ns", "ui\n"},
			{"kubectl env KUBE_EDITOR KUBECONFIG ns", "KUBE_EDITOR=vi\nKUBECONFIG=/lab/kubeconfig\nns=\n"},
			{"unset ns; echo \"<$ns>\"", "<>\n"},
		},
		"functions":      {{"k() { kubectl \"$@\"; }", ""}, {"k get pods", "kubectl [\"get\" \"pods\"]\n"}},
		"status":         {{"kubectl fail", "Error from server: denied\n1"}, {"echo $?", "1\n"}, {"true", ""}, {"echo $?", "0\n"}},
		"exit":           {{"a=1; exit 3", "3"}, {"echo $a", "1\n"}},
		"not shell":      {{"echo 'a", "sh: 1:6: reached EOF without closing quote `'`\n2"}, {"echo b", "b\n"}},
		"redirected":     {{"exec >log", ""}, {"echo seen", "seen\n"}},
		"ends with line": {{"sleep 60 &", ""}, {"echo on", "on\n"}},
	}
	for name, lines := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := newShell(t).Console(t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				var out bytes.Buffer
				exit, err := c.Run(t.Context(), l.line, &out, &out)
				if err != nil {
					t.Fatalf("%s: %v", l.line, err)
				}
				got := out.String()
				if exit != 0 {
					got += strconv.Itoa(exit)
				}
				if got != l.want {
					t.Errorf("%s: %q, want %q", l.line, got, l.want)
				}
			}
		})
	}
}

// TestConsoleDir follows the folder, and a line that is stopped leaves the console as it was.
func TestConsoleDir(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := newShell(t).Console(dir, []string{"A=b"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Dir() != dir {
		t.Errorf("begins in %s", c.Dir())
	}
	var out bytes.Buffer
	if exit, err := c.Run(t.Context(), "cd sub; echo $A", &out, &out); exit != 0 || err != nil || out.String() != "b\n" {
		t.Errorf("exit %d, %v, printed %q", exit, err, out.String())
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if exit, err := c.Run(stopped, "sleep 60", &out, &out); exit != statusCancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("exit %d, error %v", exit, err)
	}
	if exit, err := c.Run(t.Context(), "true", &out, &out); exit != 0 || err != nil || c.Dir() != filepath.Join(dir, "sub") {
		t.Errorf("exit %d, %v, in %s", exit, err, c.Dir())
	}
	if _, err := newShell(t).Console(filepath.Join(dir, "none"), nil); err == nil {
		t.Error("a console begins in a folder that is not there")
	}
}
