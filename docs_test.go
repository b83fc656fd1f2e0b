package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// documented is a file in the documentation: a fenced block with the file's name behind its language.
var documented = regexp.MustCompile("(?ms)^(````?)[a-z]+ ([a-z./-]+)\n(.*?)^````?$")

// TestDocumentedLab: the lab that docs/add-a-lab.md shows is right, and all of it works as it says.
func TestDocumentedLab(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	text, err := os.ReadFile(filepath.Join("docs", "add-a-lab.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	names := 0
	for len(text) > 0 {
		m := documented.FindSubmatchIndex(text)
		if m == nil {
			break
		}
		fence, end := string(text[m[2]:m[3]]), m[1]
		content := text[m[6]:m[7]]
		if fence == "````" { // it holds blocks of its own
			close := regexp.MustCompile("(?m)^````$").FindIndex(text[m[6]:])
			content, end = text[m[6]:m[6]+close[0]], m[6]+close[1]
		}
		file := filepath.Join(dir, "11-owners", string(text[m[4]:m[5]]))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names, text = names+1, text[end:]
	}
	if names != 6 {
		t.Fatalf("the documentation has %d files", names)
	}
	if status := run(t.Context(), []string{"lint", "--strict", "--prove", dir}); status != 0 {
		t.Errorf("the lab of the documentation is not right: exit status %d", status)
	}
}
