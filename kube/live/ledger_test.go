package live

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLedgerOutlivesTheProcess: another process reads what was written, but for a line that a crash cut off.
func TestLedgerOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenLedger(dir, "cluster-a")
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Version: "v1", Resource: "namespaces", Name: "mine"},
		{Group: "apps", Version: "v1", Resource: "deployments", Namespace: "mine", Name: "web", UID: "u1"},
	}
	for _, e := range want {
		if err := first.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "clusters", "cluster-a.jsonl")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"at":"2026-`); err != nil {
		t.Fatal(err)
	}
	second, err := OpenLedger(dir, "cluster-a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, second.Entries(), cmpopts.IgnoreFields(Entry{}, "At")); diff != "" {
		t.Error(diff)
	}
	if !second.Made("u1") || second.Made("u2") || second.Made("") {
		t.Error("it does not know what was made")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := second.Clear(); err != nil || len(second.Entries()) != 0 || second.Made("u1") {
		t.Errorf("after it was cleared: %v, %v", second.Entries(), err)
	}
	other, err := OpenLedger(dir, "cluster-b")
	if err != nil || len(other.Entries()) != 0 {
		t.Errorf("another cluster's: %v, %v", other.Entries(), err)
	}
}
