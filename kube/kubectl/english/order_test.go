package english_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"k8s.io/kubectl/pkg/cmd/options"

	_ "podsec/kube/kubectl/english"
)

// TestBeforeKubectl proves that this package is initialised before one of kubectl's that translates.
func TestBeforeKubectl(t *testing.T) {
	_ = options.NewCmdOptions // links it
	if os.Getenv("GODEBUG") == "inittrace=1" {
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestBeforeKubectl$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := func(name string) int {
		return slices.IndexFunc(strings.Split(string(out), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "init "+name+" ")
		})
	}
	ours, theirs := at("podsec/kube/kubectl/english"), at("k8s.io/kubectl/pkg/cmd/options")
	if ours < 0 || theirs < 0 || ours > theirs {
		t.Errorf("this package is initialised at %d, kubectl's options at %d, in\n%s", ours, theirs, out)
	}
}
