package labs

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the results into the golden files")

// golden runs fn on the files of every archive in testdata/folder and compares what it gives with the archive's file
// "want".
func golden(t *testing.T, folder string, fn func(t *testing.T, files fstest.MapFS) string) {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata/%s: %v", folder, err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := fstest.MapFS{}, -1
			for i, file := range archive.Files {
				if file.Name == "want" {
					want = i
					continue
				}
				files[file.Name] = &fstest.MapFile{Data: file.Data}
			}
			got := fn(t, files)
			if *update {
				if want < 0 {
					archive.Files, want = append(archive.Files, txtar.File{Name: "want"}), len(archive.Files)
				}
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 {
				t.Fatal("the archive has no file want; run with -update")
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestParse reads labs, right and wrong ones; what comes out is the labs as JSON and then the problems.
func TestParse(t *testing.T) {
	golden(t, "parse", func(t *testing.T, files fstest.MapFS) string {
		labs, err := Load(files)
		var b strings.Builder
		for _, lab := range labs {
			b.WriteString(printLab(t, lab))
		}
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
		return b.String()
	})
}

// printLab shows a lab with the titles of its checks.
func printLab(t *testing.T, lab *Lab) string {
	t.Helper()
	type mistake struct {
		When []string
		Says string
		Try  Solution
	}
	type step struct {
		Step
		Question *Question `json:",omitempty"`
		Checks   []string
		Mistakes []mistake `json:",omitempty"`
		Solution *Solution `json:",omitempty"`
		Notes    string    `json:",omitempty"`
		Needs    []string  `json:",omitempty"`
		Line     int
	}
	type printed struct {
		Lab
		Files bool `json:",omitempty"`
		Steps []step
	}
	p := printed{Lab: *lab}
	for _, s := range lab.Steps {
		shown := step{Step: s, Question: s.Question, Checks: titles(s.Checks), Notes: s.Notes, Needs: s.Needs, Line: s.Line}
		if s.Solution != (Solution{}) {
			shown.Solution = &s.Solution
		}
		for _, m := range s.Mistakes {
			shown.Mistakes = append(shown.Mistakes, mistake{When: titles(m.When), Says: m.Says, Try: m.Try})
		}
		p.Steps = append(p.Steps, shown)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func titles(checks []Check) []string {
	var titles []string
	for _, check := range checks {
		titles = append(titles, check.Title())
	}
	return titles
}

func TestParseNoLab(t *testing.T) {
	if _, err := Parse(fstest.MapFS{}, "01-none"); err == nil || !strings.Contains(err.Error(), "read lab") {
		t.Errorf("error %v", err)
	}
}

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Require a label":            "require-a-label",
		"What `kubectl run` says":    "what-kubectl-run-says",
		"  A – dash, (and) more!  ":  "a-dash-and-more",
		"Größe":                      "gr-e",
		"2023: the older edition's…": "2023-the-older-edition-s",
		"":                           "",
	} {
		if got := slug(title); got != want {
			t.Errorf("slug(%q) = %q, want %q", title, got, want)
		}
	}
}

// FuzzParse: whatever a lab.md holds, it gives a lab or problems with places in the file, and never ends the program.
func FuzzParse(f *testing.F) {
	archives, err := filepath.Glob(filepath.Join("testdata", "parse", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Base(file.Name) == labFile {
				f.Add(string(file.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := fstest.MapFS{"01-x/lab.md": {Data: []byte(text)}, "01-x/pod.yaml": {Data: []byte("kind: Pod")}}
		lab, err := Parse(files, "01-x")
		if err == nil {
			if lab.Title == "" && lab.Steps == nil {
				t.Error("a lab without anything was taken")
			}
			return
		}
		problems, ok := err.(Problems)
		if !ok {
			t.Fatalf("the error is a %T", err)
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range problems {
			if p.Line > lines+1 || p.Message == "" {
				t.Errorf("problem %+v in a file of %d lines", p, lines)
			}
		}
	})
}
