package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/01-same.txt":  "$ kubectl get pods\nNAME   AGE\nweb    12s\n",
		"b/01-same.txt":  "$ kubectl get pods\nNAME   AGE\nweb    5m\n",
		"a/02-other.txt": "$ kubectl get ns\ndefault\nmine\n",
		"b/02-other.txt": "$ kubectl get ns\ndefault\ntheirs\nmore\n",
		"c/01-same.txt":  "",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newStage(twoLabs(), quietCluster{})
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	out, _, err := s.execute(t.Context(), "compare", "-q", a, b)
	want := "01-same                    0 of 4 lines differ\n02-other                   2 of 4 lines differ\n"
	if out != want || !errors.Is(err, errDiffer) {
		t.Errorf("%v, printed\n%s", err, out)
	}
	if out, _, err := s.execute(t.Context(), "compare", a, a); err != nil {
		t.Errorf("a run and itself: %v\n%s", err, out)
	}
	if _, _, err := s.execute(t.Context(), "compare", a, filepath.Join(dir, "c")); err == nil || errors.Is(err, errDiffer) {
		t.Errorf("a lab that was not run: %v", err)
	}
	if _, _, err := s.execute(t.Context(), "compare", filepath.Join(dir, "none"), a); err == nil {
		t.Error("no transcripts at all are no error")
	}
}
