package live

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type fact struct{ Text string }

// journalOf opens a journal whose file holds some text already.
func journalOf(t *testing.T, content string) (*Journal[fact], string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deep", "facts.jsonl")
	if content != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j, err := OpenJournal[fact](path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, path
}

// TestJournal: what is written after a crash is not lost in the line that the crash cut off.
func TestJournal(t *testing.T) {
	for name, test := range map[string]struct {
		before string
		want   []fact
	}{
		"no file":              {want: []fact{{"new"}}},
		"a whole line":         {before: `{"Text":"old"}` + "\n", want: []fact{{"old"}, {"new"}}},
		"half a line":          {before: `{"Text":"old"}` + "\n" + `{"Te`, want: []fact{{"old"}, {"new"}}},
		"a line without end":   {before: `{"Text":"old"}`, want: []fact{{"old"}, {"new"}}},
		"something else in it": {before: "hello\n\n", want: []fact{{"new"}}},
	} {
		t.Run(name, func(t *testing.T) {
			j, path := journalOf(t, test.before)
			if err := j.Write(fact{"new"}); err != nil {
				t.Fatal(err)
			}
			again, err := ReadJournal[fact](path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, again); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want, j.Lines()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadJournal: a file that is not there has no lines and is not made; a folder in its place is an error.
func TestReadJournal(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "none.jsonl")
	if lines, err := ReadJournal[fact](path); err != nil || len(lines) != 0 {
		t.Errorf("%v, %v", lines, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("reading made the file: %v", err)
	}
	if _, err := OpenJournal[fact](folder); err == nil {
		t.Error("a folder is no journal")
	}
}
