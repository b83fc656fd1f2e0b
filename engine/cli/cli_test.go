package cli_test

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"podsec/engine/cli"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

// TestMain lets scripts run this program as kyverno.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kyverno": func() {
		os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Options{}, os.Stdin, os.Stdout, os.Stderr))
	}})
}

// TestScripts runs command lines on the files beside them. What they print is what the Kyverno CLI 1.19 prints, but for
// the order of resources and reports, which is random there.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true})
}
