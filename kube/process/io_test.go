package process_test

import (
	"os"
	"path/filepath"
	"testing"

	"podsec/kube/process"
)

// TestEnvironment: the last of several counts, and what is empty is there all the same.
func TestEnvironment(t *testing.T) {
	t.Setenv("PODSEC_TEST_OWN", "here")
	given := process.IO{Env: []string{"A=1", "AB=2", "A=3", "EMPTY=", "EQ=x=y"}}
	for name, want := range map[string]struct {
		value string
		there bool
	}{"A": {"3", true}, "AB": {"2", true}, "EMPTY": {"", true}, "EQ": {"x=y", true}, "B": {}, "PODSEC_TEST_OWN": {}} {
		if value, there := given.Lookup(name); value != want.value || there != want.there || given.Getenv(name) != want.value {
			t.Errorf("%s is %q, %t", name, value, there)
		}
	}
	if own := process.Own(); own.Getenv("PODSEC_TEST_OWN") != "here" || !own.IsOwn() || given.IsOwn() {
		t.Error("the process's own environment is not known as such")
	}
}

// TestFiles: relative names are of the folder that is given, wherever the process is.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	given := process.IO{Dir: dir}
	if err := given.WriteFile("a", []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "a", "./a": "a", "x/../a": "a", filepath.Join(dir, "a"): "a"} {
		if got := given.Path(name); got != filepath.Join(dir, want) {
			t.Errorf("%s is %s", name, got)
		}
	}
	content, err := given.ReadFile("a")
	if err != nil || string(content) != "text" {
		t.Errorf("read %q, %v", content, err)
	}
	for name, want := range map[string]bool{"a": true, "b": false} {
		if there, err := given.Exists(name); there != want || err != nil {
			t.Errorf("%s is there: %t, %v", name, there, err)
		}
	}
	t.Chdir(dir)
	if content, err := os.ReadFile(process.Own().Path("a")); err != nil || string(content) != "text" {
		t.Errorf("read %q of the own folder, %v", content, err)
	}
}

// TestErrors name files as the command did.
func TestErrors(t *testing.T) {
	given := process.IO{Dir: t.TempDir()}
	_, read := given.ReadFile("none")
	write := given.WriteFile("none/a", nil, 0o600)
	for want, err := range map[string]error{"open none: no such file or directory": read, "open none/a: no such file or directory": write} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := given.WriteFile("f", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := given.Exists("f/a"); err == nil || err.Error() != "stat f/a: not a directory" {
		t.Errorf("error %v", err)
	}
}
