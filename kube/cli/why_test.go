package cli_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"podsec/kube/cli"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata")

// TestWhyFiles runs the command line of every case of testdata/why (its comment's lines that start with "$ ") in a
// folder with the case's files, and compares exit status and output.
func TestWhyFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/why/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := runCommands(t, archive)
			last := len(archive.Files) - 1
			if *update {
				archive.Files[last].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[last].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// runCommands runs a case's command lines.
func runCommands(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	t.Setenv("KUBECONFIG", "none")
	t.Chdir(t.TempDir())
	for _, f := range archive.Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	for line := range strings.Lines(string(archive.Comment)) {
		if command, ok := strings.CutPrefix(line, "$ why"); ok {
			status, text := runWhy(t, strings.Fields(command)...)
			fmt.Fprintf(&out, "%s%s[exit %d]\n", line, text, status)
		}
	}
	return out.String()
}

// runWhy runs podsec why; "<FILE" is standard input.
func runWhy(t *testing.T, args ...string) (status int, output string) {
	t.Helper()
	status = -1
	command := cli.Why(func(s int) { status = s })
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetIn(strings.NewReader(""))
	rest := []string{}
	for _, arg := range args {
		if name, ok := strings.CutPrefix(arg, "<"); ok {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			command.SetIn(bytes.NewReader(data))
			continue
		}
		rest = append(rest, arg)
	}
	command.SetArgs(rest)
	if err := command.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return status, out.String()
}
