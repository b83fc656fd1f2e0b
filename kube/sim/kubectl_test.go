package sim

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"podsec/kube/kubectl"
	"podsec/kube/level"
)

var (
	update = flag.Bool("update", false, "write what the scripts print into them")
	live   = flag.String("live", "", "kubeconfig of a throwaway real cluster: run the scripts there instead")
)

// TestMain makes this binary the kubectl of the scripts, and the programs that kubectl calls.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl": func() { kubectl.Main(os.Args[1:]) },
		"diff":    showDifference,
		"swap":    swap,
	})
}

// swap is an editor: `swap OLD NEW FILE` replaces text.
func swap() {
	old, with, name := os.Args[1], os.Args[2], os.Args[3]
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(strings.ReplaceAll(string(text), old, with)), 0o600)
	}
	if err != nil {
		os.Exit(1)
	}
}

// showDifference is `diff -u -N OLD NEW` for two folders, as kubectl diff calls it.
func showDifference() {
	folders, status := os.Args[len(os.Args)-2:], 0
	names, _ := filepath.Glob(filepath.Join(folders[1], "*"))
	for _, name := range names {
		name = filepath.Base(name)
		old, _ := os.ReadFile(filepath.Join(folders[0], name))
		changed, _ := os.ReadFile(filepath.Join(folders[1], name))
		if text := diff.Diff("live/"+name, old, "merged/"+name, changed); len(text) > 0 {
			_, _ = os.Stdout.Write(text)
			status = 1
		}
	}
	os.Exit(status)
}

// TestKubectl runs the command lines of each script, in the order of its first lines, in a namespace of its name. The
// file "want" of the archive is what a real control plane prints: run with -live FILE the scripts are compared with one,
// and with -update recorded from it. The file "differs" has the commands that the simulation answers otherwise, each
// with its own output; without -live, -update writes that. The other files are there for the commands to read.
//
// A script whose first line is "# Simulated only." is about what a real cluster would need containers or Kyverno for.
func TestKubectl(t *testing.T) {
	if testing.Short() {
		t.Skip("runs kubectl some hundred times")
	}
	scripts, err := filepath.Glob("testdata/kubectl/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			if *live == "" {
				t.Parallel()
			}
			runScript(t, path)
		})
	}
}

func runScript(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	script := string(archive.Comment)
	own := strings.HasPrefix(script, "# Simulated only.")
	if *live != "" && own {
		t.Skip("a real cluster would need more than its control plane")
	}
	folder := t.TempDir()
	for _, file := range archive.Files {
		if file.Name == "want" || file.Name == "differs" {
			continue
		}
		if err := writeFile(filepath.Join(folder, file.Name), file.Data); err != nil {
			t.Fatal(err)
		}
	}
	got := newTerminal(t, folder, script).transcript(context.Background(), script)
	if !*update {
		compare(t, archive, got)
		return
	}
	if *live != "" || own {
		setFile(archive, "want", joined(got))
	} else {
		setFile(archive, "differs", joined(difference(commands(archive, "want"), got)))
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// compare reports each command whose output is neither the real one nor the one that is known to differ.
func compare(t *testing.T, archive *txtar.Archive, got []command) {
	t.Helper()
	want, differs := commands(archive, "want"), commands(archive, "differs")
	if len(want) != len(got) {
		t.Fatalf("%d commands ran, the script's output has %d: run with -live FILE -update", len(got), len(want))
	}
	same := 0
	for i, command := range got {
		expected := want[i]
		if len(differs) > 0 && differs[0].line == want[i].line && (*live == "") {
			expected, differs = differs[0], differs[1:]
		} else {
			same++
		}
		if diff := cmp.Diff(level.Lines(expected.output), level.Lines(command.output)); diff != "" {
			t.Errorf("%s: -want +got\n%s", command.line, diff)
		}
	}
	t.Logf("%d of %d commands are to print what a real cluster prints", same, len(want))
}

// difference is what is in got and not in want. Commands that are given twice must come with the first one first.
func difference(want, got []command) []command {
	var out []command
	for i := range got {
		if i >= len(want) || want[i] != got[i] {
			out = append(out, got[i])
		}
	}
	return out
}

// command is a command line and what it printed.
type command struct{ line, output string }

func commands(archive *txtar.Archive, name string) []command {
	var out []command
	for _, file := range archive.Files {
		if file.Name != name {
			continue
		}
		for block := range strings.SplitSeq(strings.TrimPrefix("\n"+string(file.Data), "\n$ "), "\n$ ") {
			line, output, _ := strings.Cut(block, "\n")
			out = append(out, command{line, strings.TrimRight(output, "\n")})
		}
	}
	return out
}

// joined is the text that commands reads.
func joined(all []command) string {
	var out strings.Builder
	for _, c := range all {
		out.WriteString("$ " + c.line + "\n")
		if c.output != "" {
			out.WriteString(c.output + "\n")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// setFile replaces a file of an archive, or removes it when there is nothing in it.
func setFile(archive *txtar.Archive, name, text string) {
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	if text != "" {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o600)
}
