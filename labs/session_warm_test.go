package labs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// warmRunner notes what it is made ready for.
type warmRunner struct {
	runnerFunc
	ready []string
}

func (r *warmRunner) Warm(_ context.Context, dir string, env []string) {
	_, err := os.Stat(filepath.Join(dir, "base.yaml"))
	r.ready = append(r.ready, fmt.Sprintf("%s, %t, %v", filepath.Base(dir), slices.Contains(env, "KUBECONFIG=/kubeconfig"), err))
}

// TestWarm: the shell is made ready in the lab's folder, with its files and environment, by the time the lab is.
func TestWarm(t *testing.T) {
	lab, err := Parse(sessionFiles(configMap), "01-t")
	if err != nil {
		t.Fatal(err)
	}
	shell, cluster := &warmRunner{}, &testCluster{}
	view, client := fakeView()
	kinds := &fakeApplier{client: client, mapper: view.mapper, applied: &[]string{}}
	s, err := open(t.Context(), &Session{lab: lab, cluster: cluster, shell: shell, view: view, applier: kinds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if want := []string{"01-t, true, <nil>"}; !slices.Equal(shell.ready, want) {
		t.Errorf("made ready for %q, want %q", shell.ready, want)
	}
}
