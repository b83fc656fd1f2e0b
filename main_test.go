package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"
)

// TestMain lets the test binary be podsec: for scripts, and for the commands that labs run by executing it again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"kubectl", "helm", "kyverno", "aws", "docker", "cosign"}, os.Args[1]) {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"podsec": main})
}

// TestScripts runs the command line in the scripts of testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PODSEC_DATA_DIR", env.WorkDir+"/data")
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("KUBECONFIG", env.WorkDir+"/kubeconfig")
			return nil
		},
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "waitfile": waitFile, "address": address, "extend": extend},
	})
}

// exits runs a command that must end with the given exit status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	status := 0
	if errors.As(err, &failed) {
		status = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if want := args[0]; strconv.Itoa(status) != want {
		ts.Fatalf("exit status %d, want %s", status, want)
	}
}

// extend adds a text to the last line of a file, many times; # in it counts.
func extend(ts *testscript.TestScript, _ bool, args []string) {
	times, err := strconv.Atoi(args[2])
	ts.Check(err)
	content := strings.Builder{}
	content.WriteString(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"))
	for i := range times {
		content.WriteString(strings.ReplaceAll(args[1], "#", strconv.Itoa(i)))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(content.String()), 0o600))
}

// waitFile waits until a file is there: a cluster writes its kubeconfig when it is ready.
func waitFile(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not come", args[0])
}

// address sets a variable to where the cluster of a kubeconfig listens.
func address(ts *testscript.TestScript, _ bool, args []string) {
	config, err := clientcmd.BuildConfigFromFlags("", ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Setenv(args[1], strings.TrimPrefix(config.Host, "https://"))
}
